import { parseArgs } from 'node:util';
import { isLocal, LOCAL_STAGES } from '../stages.ts';
import { SynthFailed } from '../synth.ts';
import { CannotRun, messageOf } from './base/failure.ts';
import { type Cloud, type CloudOptions, startCloud } from './cloud.ts';

/** `npm start`: reads its settings, runs the local cloud, and stops it on Ctrl-C. */

const USAGE =
  'Usage: npm start [-- --fresh]   (environment: PORT, DATA_DIR, STAGE, MINUTE_SECONDS, DYNAMODB_ENGINE, DYNOXIDE_BIN)';

const controller = new AbortController();
const print = (line: string): void => void process.stderr.write(`${line}\n`);
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
    log: print,
    onFailure: fail,
  });
  const cloud = await starting;
  if (!stopping) printAddresses(cloud);
  // A person at a terminal opens the console next. A script does not, and its first requests should not wait for a build.
  if (!stopping && process.stdout.isTTY) cloud.prepareConsole();
} catch (error) {
  if (!stopping) fail(error);
}

/** Stops everything. A second call exits immediately. */
async function stop(): Promise<void> {
  if (stopping) process.exit(1);
  stopping = true;
  controller.abort();
  try {
    await (await starting)?.stop();
  } catch {
    // The start was cancelled, and has stopped everything that it started.
  }
  process.exit();
}

function fail(error: unknown): void {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  // Refusals of the operating system are printed with their own message. Any other error is a defect, printed with its
  // stack.
  const expected = error instanceof CannotRun || error instanceof SynthFailed || isRefusedBySystem(error);
  print(expected ? message : stack);
  process.exitCode = 1;
  if (!stopping) void stop();
}

function isRefusedBySystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function readSettings(): Pick<CloudOptions, 'port' | 'dataDir' | 'stage' | 'fresh' | 'minuteSeconds'> {
  const port = process.env.PORT || '4000';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new CannotRun(`PORT is "${port}"; it must be a number from 0 (any free port) to 65535.`);
  const stage = process.env.STAGE || 'local';
  if (!isLocal(stage))
    throw new CannotRun(`STAGE is "${stage}"; on this machine, it must be one of: ${LOCAL_STAGES.join(', ')}.`);
  const minute = process.env.MINUTE_SECONDS || '60';
  if (!/^\d{1,2}$/.test(minute) || Number(minute) < 1 || Number(minute) > 60)
    throw new CannotRun(`MINUTE_SECONDS is "${minute}"; it must be a number of seconds from 1 to 60.`);
  return {
    port: Number(port),
    dataDir: process.env.DATA_DIR || '.local',
    stage,
    fresh: readArguments(),
    minuteSeconds: Number(minute),
  };
}

function readArguments(): boolean {
  try {
    return parseArgs({ options: { fresh: { type: 'boolean', default: false } } }).values.fresh;
  } catch (cause) {
    throw new CannotRun(`${messageOf(cause).split('. ')[0]}. ${USAGE}`, { cause });
  }
}

function printAddresses({ outputs, firstCommands }: Cloud): void {
  process.stdout.write(
    [
      'Counterfoil runs on this machine.',
      `  Console  ${outputs.consoleUrl}`,
      `  API      ${outputs.apiUrl}`,
      `  Inbox    ${outputs.inboxUrl}`,
      `  Control  ${outputs.controlUrl}`,
      'Tokens and all addresses are in outputs.json of the data folder. Ctrl-C stops it.',
      '',
      'In another terminal, register a customer, place the first order, and read the text messages. A moment later, they',
      'contain the greeting of a new customer:',
      '',
      ...firstCommands,
      '',
    ].join('\n'),
  );
}

/**
 * Stops when the parent process is gone. npm does not inform its script when npm is killed, and a shell between the two
 * ends alone.
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
