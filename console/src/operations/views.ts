import { linkTo } from '#console/base/links.ts';

/** The views of the page, in the order of its navigation. The first one is shown when the URL names none. */
export const VIEWS = [
  'overview',
  'waiting',
  'groups',
  'letters',
  'redrives',
  'subscribers',
  'replays',
  'audit',
] as const;
export type ViewName = (typeof VIEWS)[number];

/** What the URL shows: a view, and its own parameters. */
export type View = { name: ViewName; query: URLSearchParams };

/** Reads the query of the page’s URL. A view of a newer release is the overview. */
export function viewOf(search: string): View {
  const query = new URLSearchParams(search);
  return { name: VIEWS.find((name) => name === query.get('view')) ?? VIEWS[0], query };
}

/** The query of the URL of a view. Parameters without a value are left out. */
export const linkToView = (view: ViewName, parameters: Readonly<Record<string, string | undefined>> = {}): string =>
  linkTo('operations', { view, ...parameters });

/** The parameters of a URL that have one of these names, without those that have no value. */
export const parametersIn = (query: URLSearchParams, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? '']] : [])));
