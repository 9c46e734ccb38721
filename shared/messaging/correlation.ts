/**
 * Without `@`, and no phone number in the international form, so that neither an address nor a number becomes a
 * correlation id, because these ids are logged.
 */
const CORRELATION_ID = /^(?!\+[0-9]{7,15}$)[A-Za-z0-9._~:/+=-]{1,128}$/;

/** Whether the value is a valid correlation id: the id shared by everything that one request causes. */
export const isCorrelationId = (value: unknown): value is string =>
  typeof value === 'string' && CORRELATION_ID.test(value);

/** The correlation id of an envelope; undefined if the text is not one of our envelopes. It never throws. */
export function correlationIdIn(body: string | undefined): string | undefined {
  try {
    const { correlationid } = JSON.parse(body ?? '') as { correlationid?: unknown };
    return isCorrelationId(correlationid) ? correlationid : undefined;
  } catch {
    // Not JSON, or `null`: the code that parses the message reports it.
    return undefined;
  }
}
