import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '#shared/ports.ts';

/** Structured lines by Powertools; the service's name comes from its own environment variable. */
export function powertoolsLog(): Log {
  const logger = new Logger();
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
}
