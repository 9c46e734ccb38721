import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { requestTimeouts } from '#shared/adapters/aws/runtime/request-handler.ts';
import { Failure } from '#shared/messaging/failure.ts';

/** The call failed before a connection was established: no byte of the request left, so nothing was sent. */
export class NotConnected extends Failure {
  override readonly name = 'NotConnected';
  readonly code = 'PROVIDER_UNREACHABLE';
  readonly retriable = true;
  readonly next = 'Call again later.';
}

/** Settings that a client must be created with, so that its connections are watched. The SDK's HTTP handler takes them. */
export type LineSettings = {
  requestHandler: ReturnType<typeof requestTimeouts> & { httpAgent: HttpAgent; httpsAgent: HttpsAgent };
};

/** The options of one call. */
export type CallOptions = { abortSignal: AbortSignal };

export type ProviderLine<Client> = {
  /**
   * Makes one call.
   * @throws NotConnected if the call failed and no connection was established for it; otherwise the call's own error.
   */
  call<Output>(work: (client: Client, options: CallOptions) => Promise<Output>): Promise<Output>;
};

type Call = { connections: number; isConnected: boolean };
/**
 * `hasLostTrack`: a connection was created that cannot be assigned to a call. From then on, no call can be proven to
 * have no connection.
 */
type Watch = { calls: AsyncLocalStorage<Call>; hasLostTrack: boolean };

/**
 * A client for calls that must not be repeated. Each call has its own connection: if a reused connection had died while
 * its environment was frozen, the outcome of the call would be unknown. The line records whether the connection was
 * established. Only then can the request have left: Node writes a request after `connect`, and over TLS after
 * `secureConnect`, which follows the handshake and the check of the certificate.
 * @param clientWith creates the client. It must use the settings: a client with another handler is not watched.
 */
export function providerLine<Client>(
  timeoutMs: number,
  clientWith: (settings: LineSettings) => Client,
): ProviderLine<Client> {
  const watch: Watch = { calls: new AsyncLocalStorage<Call>(), hasLostTrack: false };
  const agents = { httpAgent: watchedHttpAgent(watch), httpsAgent: watchedHttpsAgent(watch) };
  const client = clientWith({ requestHandler: { ...requestTimeouts(timeoutMs), ...agents } });
  return {
    async call(work) {
      const call: Call = { connections: 0, isConnected: false };
      try {
        return await watch.calls.run(call, () => work(client, { abortSignal: AbortSignal.timeout(timeoutMs) }));
      } catch (error) {
        if (mayHaveBeenSent(call, error, watch)) throw error;
        throw new NotConnected('No connection was established.', { cause: error });
      }
    },
  };
}

/** System calls that come before a connection is established. */
const CONNECTING = new Set(['connect', 'getaddrinfo']);

/** The operating system reports that it could not connect. */
const isFailureToConnect = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && CONNECTING.has(String(error.syscall));

/**
 * Whether a byte of the request can have left. The operating system's error is proof only if the call had exactly one
 * connection: if there was a second one, the first may have carried the request.
 */
function mayHaveBeenSent({ connections, isConnected }: Call, error: unknown, { hasLostTrack }: Watch): boolean {
  if (hasLostTrack) return true;
  return isConnected && !(connections === 1 && isFailureToConnect(error));
}

function watchedHttpAgent(watch: Watch): HttpAgent {
  return new (class extends HttpAgent {
    override createConnection(...parameters: Parameters<HttpAgent['createConnection']>) {
      return watched('connect', watch, super.createConnection(...parameters));
    }
  })({ keepAlive: false });
}

function watchedHttpsAgent(watch: Watch): HttpsAgent {
  return new (class extends HttpsAgent {
    override createConnection(...parameters: Parameters<HttpsAgent['createConnection']>) {
      return watched('secureConnect', watch, super.createConnection(...parameters));
    }
  })({ keepAlive: false });
}

function watched<Socket extends ReturnType<HttpAgent['createConnection']>>(
  established: 'connect' | 'secureConnect',
  watch: Watch,
  socket: Socket,
): Socket {
  const call = watch.calls.getStore();
  if (!call || !socket) {
    watch.hasLostTrack = true;
    return socket;
  }
  call.connections += 1;
  socket.once(established, () => {
    call.isConnected = true;
  });
  return socket;
}
