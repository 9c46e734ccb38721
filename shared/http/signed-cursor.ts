import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The position where the next page of a list starts. Clients must treat it as opaque, and cannot forge one. */
export type Cursor = {
  tenant: string;
  /** Where the previous page ended. */
  position: string;
  /** The filters of the list. A cursor is valid only with the same filters. */
  filters: Readonly<Record<string, string | undefined>>;
};

export type CursorFault = 'CURSOR_INVALID' | 'CURSOR_OF_OTHER_FILTERS';

/** Base64url of JSON, and an HMAC-SHA256 over it and the tenant with the stage's secret. */
export function writeCursor({ tenant, position, filters }: Cursor, secret: string): string {
  const payload = Buffer.from(JSON.stringify({ position, filters: digestOf(filters) })).toString('base64url');
  return `${payload}.${signatureOf(tenant, payload, secret)}`;
}

/** The position, or the fault: the cursor was changed, belongs to another tenant, or to a list with other filters. */
export function readCursor(
  cursor: string,
  { tenant, filters }: Omit<Cursor, 'position'>,
  secret: string,
): { position: string } | { fault: CursorFault } {
  const [payload = '', signature = ''] = cursor.split('.');
  if (!isEqual(`${payload}.${signature}`, cursor) || !isEqual(signature, signatureOf(tenant, payload, secret)))
    return { fault: 'CURSOR_INVALID' };
  const stored = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<
    'position' | 'filters',
    string
  >;
  return stored.filters === digestOf(filters) ? { position: stored.position } : { fault: 'CURSOR_OF_OTHER_FILTERS' };
}

const signatureOf = (tenant: string, payload: string, secret: string): string =>
  createHmac('sha256', secret).update(`cursor\n${tenant}\n${payload}`).digest('base64url');

/** Sorted by name, so that the order of the parameters does not matter. */
function digestOf(filters: Cursor['filters']): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  const sorted = given.sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 22);
}

function isEqual(one: string, other: string): boolean {
  const [ours, theirs] = [Buffer.from(one), Buffer.from(other)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}
