import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { translateRefusedConnections } from '../gateway/refused-connection.ts';
import { type EnvironmentMessage, type FunctionError, type Invocation, isInvocation } from './protocol.ts';

/**
 * A Lambda environment: loads one unmodified bundle and runs one invocation at a time. Its environment variables are
 * its only settings, as at AWS.
 */

type Handler = (event: unknown, context: unknown) => unknown;

/** The value of an environment variable that the runner always sets. */
const variable = (name: string): string => process.env[name] ?? '';

// Without its parent, the environment cannot be invoked again.
process.once('disconnect', () => process.exit());

// Only the files imported above are stored, now, because this process is killed at its end. A function's bundle is
// another file in every data folder. The function sees its own variables only.
flushCompileCache();
Reflect.deleteProperty(process.env, 'NODE_COMPILE_CACHE');

translateRefusedConnections();
const handler = await load();
if (handler) {
  process.on('message', (message) => {
    if (isInvocation(message)) void invoke(handler, message);
  });
  send({ type: 'ready' });
}

async function load(): Promise<Handler | undefined> {
  const [file = '', name = ''] = variable('_HANDLER').split('.');
  try {
    const url = pathToFileURL(join(variable('LAMBDA_TASK_ROOT'), `${file}.mjs`)).href;
    const module: Record<string, unknown> = await import(url);
    const found = module[name];
    if (!isHandler(found)) throw new Error(`${file}.mjs exports no function ${name}`);
    return found;
  } catch (error) {
    send({ type: 'broken', error: report(error) });
    return undefined;
  }
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

async function invoke(run: Handler, { requestId, event, deadlineMs }: Invocation): Promise<void> {
  const before = process.cpuUsage();
  try {
    const result = await run(event, context(requestId, deadlineMs));
    const payload = JSON.stringify(result ?? null);
    send({ type: 'done', requestId, payload, cpuMs: cpuMsSince(before) });
  } catch (error) {
    send({ type: 'failed', requestId, error: report(error, requestId), cpuMs: cpuMsSince(before) });
  }
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The second argument of a handler, with the fields of Lambda's Node runtime. */
function context(awsRequestId: string, deadlineMs: number): Record<string, unknown> {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: variable('AWS_LAMBDA_FUNCTION_NAME'),
    functionVersion: variable('AWS_LAMBDA_FUNCTION_VERSION'),
    invokedFunctionArn: `arn:aws:lambda:${variable('AWS_REGION')}:000000000000:function:${variable('AWS_LAMBDA_FUNCTION_NAME')}`,
    memoryLimitInMB: variable('AWS_LAMBDA_FUNCTION_MEMORY_SIZE'),
    awsRequestId,
    logGroupName: variable('AWS_LAMBDA_LOG_GROUP_NAME'),
    logStreamName: variable('AWS_LAMBDA_LOG_STREAM_NAME'),
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

function send(message: EnvironmentMessage): void {
  process.send?.(message);
}

/** Describes an error for the caller, and logs it in a line like those of Lambda's runtime. */
function report(error: unknown, requestId?: string): FunctionError {
  const described = describe(error);
  const line = { timestamp: new Date().toISOString(), level: 'ERROR', requestId, message: described };
  process.stderr.write(`${JSON.stringify(line)}\n`);
  return described;
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}
