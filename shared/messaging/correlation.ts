/** No `@`, so that an address never becomes an id that is logged. */
const CORRELATION_ID = /^[A-Za-z0-9._~:/+=-]{1,128}$/;

/** Whether this may be the id that everything one request sets off has in common. */
export const isCorrelationId = (value: unknown): value is string =>
  typeof value === 'string' && CORRELATION_ID.test(value);

/** The correlation id of an envelope; undefined if the text is none of ours. It never throws. */
export function correlationIdIn(body: string | undefined): string | undefined {
  try {
    const { correlationid } = JSON.parse(body ?? '') as { correlationid?: unknown };
    return isCorrelationId(correlationid) ? correlationid : undefined;
  } catch {
    // No JSON, or `null`: whoever reads it says so.
    return undefined;
  }
}
