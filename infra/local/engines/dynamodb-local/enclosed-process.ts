import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../failure.ts';
import { writePidFile } from '../orphan.ts';
import { freePort, untilListening } from '../port.ts';
import { startReaper } from '../reaper.ts';

/**
 * The process around DynamoDB Local: `node enclosed-process.ts <folder> <unpacked> <java> <pid file>`.
 *
 * DynamoDB Local listens on every interface and has no option to change that. So it is started in a network
 * namespace that has no interface but loopback, and this process with it. The one way in is a listening
 * socket of 127.0.0.1 outside, which our parent hands over: connections to it are passed on.
 */
const [folder = '', unpacked = '', java = '', pidFile = ''] = process.argv.slice(2);
const READY_WITHIN_MS = 60_000;
/** Less than the time after which this process is killed itself. */
const GRACE_MS = 800;

const port = await freePort();
const args = [
  // The second compiler costs more than it gives back in a life as short as this one's.
  '-XX:TieredStopAtLevel=1',
  `-Djava.library.path=${join(unpacked, 'DynamoDBLocal_lib')}`,
  ...['-jar', join(unpacked, 'DynamoDBLocal.jar')],
  ...['-port', String(port), '-sharedDb', '-disableTelemetry', '-dbPath', folder],
];
const engine = startReaper().spawn(java, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
if (engine.pid !== undefined) writePidFile(pidFile, engine.pid);
const ended = once(engine, 'exit');
process.once('SIGTERM', stop);
// Without its parent it has nobody to serve.
process.once('disconnect', stop);

try {
  const said = () => `exit code ${engine.exitCode}`;
  await untilListening({ name: 'DynamoDB Local', child: engine, port, withinMs: READY_WITHIN_MS, said });
  process.send?.('ready');
  const [, server] = (await once(process, 'message')) as [unknown, Server];
  server.on('connection', (socket) => passOn(socket, connect(port, '127.0.0.1')));
  process.send?.('open');
  await ended;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
}
process.exit(1);

/** Both ways; when one side is gone, so is the other, and no more can be said to either. */
function passOn(outside: Socket, inside: Socket): void {
  for (const socket of [outside, inside]) socket.setNoDelay(true);
  pipeline(outside, inside, outside, () => undefined);
}

async function stop(): Promise<void> {
  engine.kill('SIGTERM');
  await sleep(GRACE_MS);
  engine.kill('SIGKILL');
}
