import { once } from 'node:events';
import { connect, Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../base/failure.ts';
import { writePidFile } from '../../processes/orphan.ts';
import { freePort, untilListening } from '../../processes/port.ts';
import { startReaper } from '../../processes/reaper.ts';

/**
 * The parent process of DynamoDB Local: `node isolated-process.ts <folder> <unpacked> <java> <pid file>`.
 *
 * DynamoDB Local listens on every interface and has no option to change that. So it runs, together with this process,
 * in a network namespace whose only interface is loopback. The only access is a listening socket of 127.0.0.1 of the
 * outer namespace, which the parent passes to this process. Its connections are forwarded.
 */
const [folder = '', unpacked = '', java = '', pidFile = ''] = process.argv.slice(2);
const READY_WITHIN_MS = 60_000;
/** Shorter than the time after which this process itself is killed. */
const GRACE_MS = 800;

const port = await freePort();
const args = [
  // The second compiler costs more than it saves in a short run.
  '-XX:TieredStopAtLevel=1',
  `-Djava.library.path=${join(unpacked, 'DynamoDBLocal_lib')}`,
  ...['-jar', join(unpacked, 'DynamoDBLocal.jar')],
  ...['-port', String(port), '-sharedDb', '-disableTelemetry', '-dbPath', folder],
];
const engine = startReaper().spawn(java, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
if (engine.pid !== undefined) writePidFile(pidFile, engine.pid);
const ended = once(engine, 'exit');
process.once('SIGTERM', stop);
// Without its parent, it has no clients.
process.once('disconnect', stop);

try {
  const output = () => `exit code ${engine.exitCode}`;
  await untilListening({ name: 'DynamoDB Local', child: engine, port, withinMs: READY_WITHIN_MS, output });
  process.send?.('ready');
  const [, server] = await once(process, 'message');
  if (!(server instanceof Server)) throw new Error('The parent passed no listening socket.');
  server.on('connection', (socket) => connectSockets(socket, connect(port, '127.0.0.1')));
  process.send?.('open');
  await ended;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
}
process.exit(1);

/** Forwards in both directions. When one side closes, the other is closed too. */
function connectSockets(outside: Socket, inside: Socket): void {
  for (const socket of [outside, inside]) socket.setNoDelay(true);
  pipeline(outside, inside, outside, () => undefined);
}

async function stop(): Promise<void> {
  engine.kill('SIGTERM');
  await sleep(GRACE_MS);
  engine.kill('SIGKILL');
}
