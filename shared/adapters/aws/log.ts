import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { causesOf } from '#shared/messaging/causes.ts';
import { Failure } from '#shared/messaging/failure.ts';
import { currentLogFields, withLogFields } from '#shared/once/log-context.ts';
import type { Log } from '#shared/ports.ts';

/** Structured lines by Powertools; the service's name comes from its own environment variable. */
export function powertoolsLog(): Log {
  const logger = new Logger();
  return {
    info: (message, fields) => logger.info(message, speakable(fields)),
    warn: (message, fields) => logger.warn(message, speakable(fields)),
    error: (message, fields) => logger.error(message, speakable(fields)),
  };
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
