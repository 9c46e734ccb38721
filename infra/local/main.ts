import { parseArgs } from 'node:util';
import { SynthFailed } from '../synth.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { CannotRun, messageOf } from './failure.ts';

/** `npm start`: reads its settings, runs the local cloud, and stops it on Ctrl-C. */

const USAGE = 'Usage: npm start [-- --fresh]   (environment: PORT, DATA_DIR, DYNAMODB_ENGINE, DYNOXIDE_BIN)';

const controller = new AbortController();
const say = (line: string): void => void process.stderr.write(`${line}\n`);
let starting: Promise<Cloud> | undefined;
let stopping = false;

process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.on('SIGHUP', stop);
watchParent();

try {
  starting = startCloud({
    ...readSettings(),
    environment: process.env,
    signal: controller.signal,
    log: say,
    onFailure: fail,
  });
  const cloud = await starting;
  if (!stopping) greet(cloud);
} catch (error) {
  if (!stopping) fail(error);
}

/** Stops everything; asked a second time, at once. */
async function stop(): Promise<void> {
  if (stopping) process.exit(1);
  stopping = true;
  controller.abort();
  try {
    await (await starting)?.stop();
  } catch {
    // The start was called off, and has cleared up after itself.
  }
  process.exit();
}

function fail(error: unknown): void {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  // What the system refuses is said in the system's words; anything else is a fault of ours, with its stack.
  const expected = error instanceof CannotRun || error instanceof SynthFailed || isRefusedBySystem(error);
  say(expected ? message : stack);
  process.exitCode = 1;
  if (!stopping) void stop();
}

function isRefusedBySystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function readSettings(): { port: number; dataDir: string; fresh: boolean } {
  const port = process.env.PORT || '4000';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new CannotRun(`PORT is "${port}"; it must be a number from 0 (any free port) to 65535.`);
  return { port: Number(port), dataDir: process.env.DATA_DIR || '.local', fresh: readArguments() };
}

function readArguments(): boolean {
  try {
    return parseArgs({ options: { fresh: { type: 'boolean', default: false } } }).values.fresh;
  } catch (cause) {
    throw new CannotRun(`${messageOf(cause).split('. ')[0]}. ${USAGE}`, { cause });
  }
}

function greet({ outputs }: Cloud): void {
  process.stdout.write(
    [
      'Counterfoil runs on this machine.',
      `  API      ${outputs.apiUrl}`,
      `  Inbox    ${outputs.inboxUrl}`,
      `  Control  ${outputs.controlUrl}`,
      'Tokens and all addresses are in outputs.json of the data folder. Ctrl-C stops it.',
      '',
    ].join('\n'),
  );
}

/**
 * npm tells its script nothing when it is killed, and a shell between the two dies alone: whoever
 * started us being gone means stop.
 */
function watchParent(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    void stop();
  }, 250);
  timer.unref();
}
