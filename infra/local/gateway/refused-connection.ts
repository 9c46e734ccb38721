import type { ClientRequest } from 'node:http';
import type { Answer } from '../base/http.ts';

/**
 * How `refuse` works. A listening port cannot refuse one request and accept the next: the operation is known only after
 * the connection is established, and a refused connection could not be counted. A closed socket would appear as
 * ECONNRESET, which means *unknown*, while a refused connection means *certainly not sent*. A sender's code depends on
 * this difference. So the gateway answers with a marked response before anything is done. The function's environment
 * translates the mark into the error that Node raises for a refused connection. Function code and SDK see only that
 * error.
 */
const mark = 'x-counterfoil-connection-refused';

/** The marked answer. Its text is visible only outside an environment, where nothing translates the mark. */
export const refusedConnection: Answer = {
  status: 503,
  headers: { [mark]: '1', 'content-type': 'text/plain' },
  body: 'Connection refused. This is a marked answer of the local gateway, which the environments of functions translate into ECONNREFUSED (infra/local/gateway/refused-connection.ts).\n',
};

/**
 * Translates a marked answer into a refused connection for every HTTP request of this process. The environment of a
 * function calls this once, before it loads the function.
 */
export function translateRefusedConnections(): void {
  // No import: `import 'node:http'` would add 34 ms to every cold start.
  const { ClientRequest: prototypeOwner, IncomingMessage } = process.getBuiltinModule('node:http');
  const emit = prototypeOwner.prototype.emit;
  prototypeOwner.prototype.emit = function (
    this: ClientRequest,
    event: string | symbol,
    ...values: unknown[]
  ): boolean {
    const [response] = values;
    const isMarked =
      event === 'response' && response instanceof IncomingMessage && response.headers[mark] !== undefined;
    if (!isMarked) return emit.call(this, event, ...values);
    response.resume();
    return emit.call(this, 'error', refusal(this));
  };
}

function refusal(request: ClientRequest): Error {
  const { remoteAddress: address, remotePort: port } = request.socket ?? {};
  return Object.assign(new Error(`connect ECONNREFUSED ${address}:${port}`), {
    errno: -111,
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address,
    port,
  });
}
