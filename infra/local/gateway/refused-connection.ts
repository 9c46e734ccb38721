import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Answer } from './services.ts';

/**
 * How `refuse` works. A listening port cannot refuse one request and take the next: the operation is
 * known only once the connection stands, and a refused connection could not be counted. Closing the
 * socket instead would be seen as ECONNRESET, which means *unknown* where a refusal means *certainly
 * not sent*, the very difference that a sender's code turns on. So the gateway answers with a marked
 * response, before anything was done, and the function's environment turns the mark into the error
 * that Node raises for a refused connection. Function code and SDK see that error and nothing else.
 */
const mark = 'x-counterfoil-connection-refused';

/** The marked answer. Whoever reads its text runs outside an environment, where nothing translates it. */
export const refusedConnection: Answer = {
  status: 503,
  headers: { [mark]: '1', 'content-type': 'text/plain' },
  body: 'Connection refused. The local gateway says so with a marked answer; the environments of functions turn it into ECONNREFUSED (infra/local/gateway/refused-connection.ts).\n',
};

/**
 * Makes every HTTP request of this process see a marked answer as a refused connection. To be called
 * once, by the environment in which a function runs, before the function is loaded.
 */
export function translateRefusedConnections(): void {
  // Not imported: `import 'node:http'` would add its 34 ms to every cold start.
  const { ClientRequest: prototypeOwner } = process.getBuiltinModule('node:http');
  const emit = prototypeOwner.prototype.emit;
  prototypeOwner.prototype.emit = function (
    this: ClientRequest,
    event: string | symbol,
    ...values: unknown[]
  ): boolean {
    if (event !== 'response') return emit.call(this, event, ...values);
    const response = values[0] as IncomingMessage;
    if (response.headers[mark] === undefined) return emit.call(this, event, ...values);
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
