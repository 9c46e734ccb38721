import { Logger } from '@aws-lambda-powertools/logger';
import { causesOf } from '#shared/messaging/causes.ts';
import type { Log } from '#shared/ports.ts';

/** Structured lines by Powertools; the service's name comes from its own environment variable. */
export function powertoolsLog(): Log {
  const logger = new Logger();
  return {
    info: (message, fields = {}) => logger.info(message, speakable(fields)),
    warn: (message, fields = {}) => logger.warn(message, speakable(fields)),
    error: (message, fields = {}) => logger.error(message, speakable(fields)),
  };
}

/** Errors by their names and places: what they say may quote what must not be logged. */
function speakable(fields: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    value instanceof Error ? causesOf(value) : value,
  ]);
  return Object.fromEntries(entries);
}
