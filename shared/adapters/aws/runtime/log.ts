import type { Context } from 'aws-lambda';
import { causesOf } from '#shared/messaging/causes.ts';
import { Failure } from '#shared/messaging/failure.ts';
import type { Log } from '#shared/messaging/system.ts';
import { currentLogFields, withLogFields } from '#shared/once/log-context.ts';
import { traceIdOf } from '#shared/once/trace.ts';
import { printLine } from './line.ts';
import { systemClock } from './system.ts';

/** Levels from the lowest to the highest. No line has the level `SILENT`: it is only a threshold. */
const LEVELS = ['INFO', 'WARN', 'ERROR', 'SILENT'];

/**
 * Structured log lines. The fields and environment variables have the names that Powertools for AWS Lambda uses. Its
 * own logger is not used, because it costs too much of a cold start for three fields and a newline (docs/adr/0014).
 * @param print writes a line; default: to standard output.
 */
export function jsonLog(print: (line: object) => void = printLine, environment = process.env): Log {
  const { POWERTOOLS_SERVICE_NAME: service, POWERTOOLS_LOG_LEVEL: least = 'INFO' } = environment;
  const at = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    const timestamp = new Date(systemClock.now()).toISOString();
    print({ level, message, timestamp, service, ...traced(environment), ...loggable(fields) });
  };
  return { info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}

/** The trace id of this invocation if the stage has tracing on. Lambda sets the variable for each invocation. */
function traced(environment: NodeJS.ProcessEnv): { xray_trace_id?: string } {
  const [, root] = /Root=([^;]+)/.exec(environment._X_AMZN_TRACE_ID ?? '') ?? [];
  return root === undefined ? {} : { xray_trace_id: root };
}

/** Names of fields in a log line that differ from our own: those of common log tools and of OpenTelemetry. */
const NAMES: Readonly<Record<string, string>> = {
  correlationId: 'correlation_id',
  traceId: 'trace_id',
  spanId: 'span_id',
  parentSpanId: 'parent_span_id',
};

/** Errors are logged by name and place only: their texts may quote data that must not be logged. */
function loggable(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const all = { ...currentLogFields(), ...fields };
  const entries = Object.entries({ ...all, ...traceOf(all) }).map(([name, value]) => [
    NAMES[name] ?? name,
    value instanceof Error ? causesOf(value) : value,
  ]);
  return Object.fromEntries(entries);
}

/** The trace id of a line's correlation id, unless the line has a trace id of its own. */
function traceOf({ correlationId, traceId }: Record<string, unknown>): { traceId?: unknown } {
  if (typeof correlationId !== 'string') return {};
  return { traceId: traceId ?? traceIdOf(correlationId) };
}

/** Replaces an error that escaped a handler and is not a `Failure`. Its text is dropped: Lambda would log it. */
class InvocationFailed extends Failure {
  override readonly name = 'InvocationFailed';
  readonly code = 'INVOCATION_FAILED';
  readonly retriable = true;
  readonly next = 'Find the log line of this invocation that names the cause.';
}

/**
 * The handler that Lambda calls. Each log line names its invocation. An error that escapes is logged in the same way,
 * by its name and place. An error that is not a `Failure` is then replaced, because Lambda logs all properties of an
 * error, and these may contain rows of the table.
 */
export function invocable<Event, Result>(
  log: Log,
  handler: (event: Event, context: Context) => Promise<Result>,
): (event: Event, context: Context) => Promise<Result> {
  return (event, context) =>
    withLogFields({ function_request_id: context.awsRequestId }, async () => {
      try {
        return await handler(event, context);
      } catch (error) {
        log.error('Invocation failed', { error });
        throw error instanceof Failure ? error : new InvocationFailed('The invocation failed.');
      }
    });
}
