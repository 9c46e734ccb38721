import type { LoggedNotificationView } from '#shared/message-log/responses.ts';

/** The filters of the message log. Each one has the name that it has in the query of `GET /notifications`. */
export const FILTER_NAMES = [
  'channel',
  'status',
  'purpose',
  'recipient',
  'orderId',
  'customerId',
  'endpointId',
  'from',
  'to',
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];
export type Filters = Partial<Record<FilterName, string>>;

/** The values that the page offers. A stage may know more of them, and a URL may name them. */
export const CHANNELS = ['email', 'sms', 'webhook'] as const satisfies readonly LoggedNotificationView['channel'][];
export const STATUSES = [
  'PENDING',
  'SENDING',
  'SENT',
  'FAILED',
  'UNKNOWN',
  'HELD',
  'SUPPRESSED',
  'CANCELLED',
] as const satisfies readonly LoggedNotificationView['status'][];

/** What a URL shows: the filters of the log, and the message that is open. */
export type View = { filters: Filters; message?: string };

/** No value that the API accepts is longer. A longer one would only make every request fail. */
const LONGEST_VALUE = 400;

/** Reads the query of the page’s URL. Unknown names and empty values are left out. */
export function viewOf(search: string): View {
  const query = new URLSearchParams(search);
  const message = query.get('message');
  return { filters: filtersOf((name) => query.get(name) ?? ''), ...(message && { message }) };
}

/** The query of the URL that shows this view; empty without filters and message. */
export function searchOf({ filters, message }: View): string {
  const query = new URLSearchParams(entriesOf(filters));
  if (message) query.set('message', message);
  return query.size > 0 ? `?${query}` : '';
}

/** The query of a request for a page of the log. */
export function pageQuery(filters: Filters, { limit, cursor }: { limit: number; cursor?: string }): string {
  const query = new URLSearchParams([...entriesOf(filters), ['limit', String(limit)]]);
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.toString();
}

/** The filters with one changed. An empty value removes a filter. */
export const withFilter = (filters: Filters, name: FilterName, value: string): Filters =>
  filtersOf((one) => (one === name ? value : (filters[one] ?? '')));

/** How many filters are set. */
export const filterCount = (filters: Filters): number => entriesOf(filters).length;

function filtersOf(readValue: (name: FilterName) => string): Filters {
  const given = FILTER_NAMES.map((name) => [name, readValue(name).trim().slice(0, LONGEST_VALUE)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

const entriesOf = (filters: Filters): [FilterName, string][] =>
  FILTER_NAMES.flatMap((name) => (filters[name] ? [[name, filters[name]] satisfies [FilterName, string]] : []));
