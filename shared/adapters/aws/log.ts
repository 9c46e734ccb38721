import type { Context } from 'aws-lambda';
import { causesOf } from '#shared/messaging/causes.ts';
import { Failure } from '#shared/messaging/failure.ts';
import { currentLogFields, withLogFields } from '#shared/once/log-context.ts';
import type { Log } from '#shared/ports.ts';
import { printLine } from './line.ts';
import { systemClock } from './system.ts';

/** From the least to the worst; `SILENT` is no level of a line. */
const LEVELS = ['INFO', 'WARN', 'ERROR', 'SILENT'];

/**
 * Structured lines, with the names and by the variables of Powertools for AWS Lambda. Its own logger has a
 * share in a cold start that is out of proportion to three fields and a newline (docs/adr/0014).
 * @param print where a line goes; to standard output, if not given.
 */
export function jsonLog(print: (line: object) => void = printLine, environment = process.env): Log {
  const { POWERTOOLS_SERVICE_NAME: service, POWERTOOLS_LOG_LEVEL: least = 'INFO' } = environment;
  const at = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    const timestamp = new Date(systemClock.now()).toISOString();
    print({ level, message, timestamp, service, ...traced(environment), ...speakable(fields) });
  };
  return { info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}

/** The trace of this invocation, where the stage has tracing on: Lambda sets it anew for each. */
function traced(environment: NodeJS.ProcessEnv): { xray_trace_id?: string } {
  const [, root] = /Root=([^;]+)/.exec(environment._X_AMZN_TRACE_ID ?? '') ?? [];
  return root === undefined ? {} : { xray_trace_id: root };
}

/** What a field is called in a line, where the field's own tools look for another name. */
const NAMES: Readonly<Record<string, string>> = { correlationId: 'correlation_id' };

/** Errors by their names and places: what they say may quote what must not be logged. */
function speakable(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const entries = Object.entries({ ...currentLogFields(), ...fields }).map(([name, value]) => [
    NAMES[name] ?? name,
    value instanceof Error ? causesOf(value) : value,
  ]);
  return Object.fromEntries(entries);
}

/** Somebody else's error escaped a handler. What it said is not repeated: Lambda would log it. */
class InvocationFailed extends Failure {
  override readonly name = 'InvocationFailed';
  readonly code = 'INVOCATION_FAILED';
  readonly retriable = true;
  readonly next = 'Look for the line of this invocation that says why.';
}

/**
 * A function's handler as Lambda calls it: each line it logs names its invocation, and an error that
 * escapes is logged as lines are, by its name and place. What Lambda itself logs of an error is all that
 * hangs on it, rows of the table among it.
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
