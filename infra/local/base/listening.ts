import type { Server } from 'node:net';

/** The port on which a server listens. @throws Error when it does not listen on a port. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.');
  return address.port;
}
