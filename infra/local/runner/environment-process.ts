import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { translateRefusedConnections } from '../gateway/refused-connection.ts';
import type { EnvironmentMessage, FunctionError, Invocation } from './protocol.ts';

/**
 * A Lambda environment: loads one bundle, unmodified, and runs one invocation at a time. All it knows
 * is in its environment variables, as at AWS.
 */

type Handler = (event: unknown, context: unknown) => unknown;

/** The environment variable, which the runner always sets. */
const variable = (name: string): string => process.env[name] ?? '';

// Without its parent nobody could ever invoke it again.
process.once('disconnect', () => process.exit());

translateRefusedConnections();
const handler = await load();
if (handler) {
  process.on('message', (invocation) => void invoke(handler, invocation as Invocation));
  tell({ type: 'ready' });
}

async function load(): Promise<Handler | undefined> {
  const [file = '', name = ''] = variable('_HANDLER').split('.');
  try {
    const module = (await import(pathToFileURL(join(variable('LAMBDA_TASK_ROOT'), `${file}.mjs`)).href)) as Record<
      string,
      unknown
    >;
    const found = module[name];
    if (typeof found !== 'function') throw new Error(`${file}.mjs exports no function ${name}`);
    return found as Handler;
  } catch (error) {
    tell({ type: 'broken', error: report(error) });
    return undefined;
  }
}

async function invoke(run: Handler, { requestId, event, deadlineMs }: Invocation): Promise<void> {
  try {
    const result = await run(event, context(requestId, deadlineMs));
    tell({ type: 'done', requestId, payload: JSON.stringify(result ?? null) });
  } catch (error) {
    tell({ type: 'failed', requestId, error: report(error, requestId) });
  }
}

/** The second argument of a handler, as the Node runtime of Lambda makes it. */
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

function tell(message: EnvironmentMessage): void {
  process.send?.(message);
}

/** What the invoker hears of an error; the log hears it too, in a line like the runtime's own. */
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
