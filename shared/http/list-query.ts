import * as v from 'valibot';
import type { Fault } from '#shared/messaging/failure.ts';
import { TemporarilyUnavailable } from '#shared/once/errors.ts';
import { QUERY_FAULTS } from './input/fault-texts.ts';
import { textOf, timestamp } from './input/fields.ts';
import { PAGE_LIMIT } from './input/query-limits.ts';
import { parseQuery, refuseFaults } from './query-parameters.ts';
import { type Parameter, queryParameter, type TenantRequest } from './route.ts';
import { type CursorFault, readCursor, writeCursor } from './signed-cursor.ts';

/** Lists that are read page by page, newest first: their parameters, and the signed cursor that leads to the next page. */

/** False for an invalid timestamp, which is a fault of its own. */
export const isReversed = ({ from, to }: { from?: string | undefined; to?: string | undefined }): boolean =>
  from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to);

const isLimit = (text: string): boolean =>
  /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= PAGE_LIMIT.most;

/** The parameters of every list. API Gateway passes each of them as text. */
export const LIST_ENTRIES = {
  from: v.optional(timestamp),
  to: v.optional(timestamp),
  limit: v.optional(textOf('limit', isLimit)),
  cursor: v.optional(v.string()),
};

/** The descriptions of these parameters. @param things what is listed. @param happened what `from` and `to` limit. */
export const listParameters = (things: string, happened: string): Parameter[] => [
  queryParameter(
    'from',
    LIST_ENTRIES.from,
    `${happened} at this time or later. RFC 3339, in the years 0001 to 9999 in UTC.`,
  ),
  queryParameter('to', LIST_ENTRIES.to, `${happened} before this time.`),
  queryParameter(
    'limit',
    { type: 'integer', minimum: 1, maximum: PAGE_LIMIT.most, default: PAGE_LIMIT.default },
    `Maximum number of ${things} on a page.`,
  ),
  queryParameter('cursor', LIST_ENTRIES.cursor, '`nextCursor` of the previous page, with the same filters.'),
];

type ListQuery = { limit?: string; cursor?: string };
type Secret = () => Promise<string>;

/**
 * A page that a tenant asks for. `filters` include the range of time.
 * @property list the route of the list: the cursor of one list is no position in another.
 */
export type AskedPage<Filters> = { tenant: string; list: string; filters: Filters; limit: number; after?: string };

/**
 * Reads the query of a list. The handler calls it by itself, because a forged cursor is reported together with the
 * faults of the filters.
 * @param filtersOf converts the filters to what a cursor is valid for.
 * @throws RequestRefused with every fault.
 */
export async function askedPage<Query extends ListQuery, Filters extends Record<string, string | undefined>>(
  event: TenantRequest,
  schema: v.GenericSchema<unknown, Query>,
  filtersOf: (filters: Omit<Query, keyof ListQuery>) => Promise<Filters>,
  secret: Secret,
): Promise<AskedPage<Filters>> {
  const { tenant, routeKey: list } = event;
  const { query, faults } = parseQuery(event, schema, QUERY_FAULTS);
  if (faults) {
    const { cursor } = event.queryStringParameters ?? {};
    const signed =
      cursor === undefined ? undefined : readCursor(cursor, { tenant, filters: {} }, await secretFrom(secret));
    // The filters are invalid, so the cursor cannot be compared with them. Its signature can still be checked.
    const isForged = signed !== undefined && 'fault' in signed && signed.fault === 'CURSOR_INVALID';
    refuseFaults(isForged ? [...faults, CURSOR_FAULTS.CURSOR_INVALID] : faults);
  }
  const { cursor, limit, ...given } = query;
  const filters = await filtersOf(given);
  const asked = { tenant, list, filters, limit: Number(limit ?? PAGE_LIMIT.default) };
  if (cursor === undefined) return asked;
  const read = readCursor(cursor, { tenant, filters: { ...filters, list } }, await secretFrom(secret));
  if ('fault' in read) refuseFaults([CURSOR_FAULTS[read.fault]]);
  return { ...asked, after: read.position };
}

/** The cursor of the next page. @param position where this page ended; undefined: it is the last one. */
export async function nextCursor(
  { tenant, list, filters }: AskedPage<Record<string, string | undefined>>,
  position: string | undefined,
  secret: Secret,
): Promise<{ nextCursor?: string }> {
  if (position === undefined) return {};
  const cursor = { tenant, filters: { ...filters, list }, position };
  return { nextCursor: writeCursor(cursor, await secretFrom(secret)) };
}

/** The stage's secret. @throws TemporarilyUnavailable if it cannot be read. */
export async function secretFrom(secret: Secret): Promise<string> {
  try {
    return await secret();
  } catch (cause) {
    throw new TemporarilyUnavailable('The secret could not be read.', { cause });
  }
}

const CURSOR_FAULTS: Record<CursorFault, Fault> = {
  CURSOR_INVALID: {
    path: '/cursor',
    code: 'CURSOR_INVALID',
    message: 'This cursor is not from an earlier answer.',
    next: 'Send nextCursor exactly as you received it, or leave it out to start from the first page.',
  },
  CURSOR_OF_OTHER_FILTERS: {
    path: '/cursor',
    code: 'CURSOR_OF_OTHER_FILTERS',
    message: 'This cursor is from another list or other filters.',
    next: 'Send it to the list whose answer contained it, with the same filters. Only limit may change.',
  },
};
