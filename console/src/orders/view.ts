import { linkTo } from '#console/base/links.ts';

/** The filters of the list. Each one has the name that it has in the query of `GET /orders`. */
export const FILTER_NAMES = ['status', 'customerId', 'from', 'to'] as const;
export type FilterName = (typeof FILTER_NAMES)[number];
export type Filters = Partial<Record<FilterName, string>>;

/** What is opened above an order or a customer: an entry of its timeline, or a message. */
type Opened = { entry?: string; message?: string };

/** One order or one customer. Both have a timeline and messages. */
export type Subject = { kind: 'order' | 'customer'; id: string } & Opened;

/** What a URL shows: the list, or one subject. */
export type View = { kind: 'list'; filters: Filters } | Subject;

/** No value that the API accepts is longer. */
const LONGEST_VALUE = 400;

/** Reads the query of the page’s URL. Unknown names and empty values are left out. */
export function viewOf(search: string): View {
  const query = new URLSearchParams(search);
  const textOf = (name: string): string => (query.get(name) ?? '').trim().slice(0, LONGEST_VALUE);
  const given = <Name extends string>(...names: readonly Name[]): Partial<Record<Name, string>> =>
    Object.assign({}, ...names.map((name) => (textOf(name) ? { [name]: textOf(name) } : {})));
  const opened = given('entry', 'message');
  if (textOf('order')) return { kind: 'order', id: textOf('order'), ...opened };
  if (textOf('customer')) return { kind: 'customer', id: textOf('customer'), ...opened };
  return { kind: 'list', filters: given(...FILTER_NAMES) };
}

/** The query of the URL that shows this view. */
export function searchOf(view: View): string {
  if (view.kind === 'list') return linkTo('orders', view.filters);
  const { kind, id, entry, message } = view;
  return linkTo('orders', { [kind]: id, entry, message });
}
