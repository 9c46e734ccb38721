/** The rows of a list that are loaded, newest first, and where the next page begins. */
export type PagedRows<Row> = { rows: readonly Row[]; nextCursor?: string };

/** The rows of a page that is full. */
export const PAGE_ROWS = 50;

/** Where a row stands in its list: newest first, and the larger id first if two have the same time. */
export type PlaceOf<Row> = (row: Row) => { at: string; id: string };

/**
 * The list after its next page was loaded. A row that is on both is shown once.
 * @param after the cursor that the page was asked for. If the list begins again before the page arrives, the page no longer
 * follows it. It is left out, because rows between would be missing.
 */
export function withNextRows<Row>(
  loaded: PagedRows<Row>,
  page: PagedRows<Row>,
  after: string,
  placeOf: PlaceOf<Row>,
): PagedRows<Row> {
  if (loaded.nextCursor !== after) return loaded;
  const byId = new Map([...loaded.rows, ...page.rows].map((row) => [placeOf(row).id, row] as const));
  return pagedRows([...byId.values()].sort(byPlace(placeOf)), page.nextCursor);
}

/**
 * The list after its newest rows were read again. They replace those that are loaded, and older rows stay. So does the place
 * where the next page begins: what was looked through before is not looked through again.
 * @param loaded absent if the list was not read before.
 * @param page one page, or several that were read on because of `missesRows`. If it still does, the list begins again with it.
 * @param isFiltered a page of a filtered list may be short or empty although more rows follow. Fewer rows than a full page has
 * are those of a list with rare matches, whose known rows are far below: they stay.
 */
export function withFirstRows<Row>(
  loaded: PagedRows<Row> | undefined,
  page: PagedRows<Row>,
  isFiltered: boolean,
  placeOf: PlaceOf<Row>,
): PagedRows<Row> {
  if (!loaded || page.nextCursor === undefined) return page;
  if (missesRows(loaded, page, placeOf) && (!isFiltered || page.rows.length >= PAGE_ROWS)) return page;
  const oldest = page.rows.at(-1);
  const compare = byPlace(placeOf);
  // Rows as new as the page that are not on it no longer match the filters.
  const older = oldest ? loaded.rows.filter((row) => compare(row, oldest) > 0) : loaded.rows;
  return pagedRows([...page.rows, ...older], loaded.nextCursor);
}

/**
 * Whether there may be unknown rows between the newest ones and those that are loaded: more rows follow the newest ones, and
 * all of them are newer than the loaded ones.
 */
export function missesRows<Row>(loaded: PagedRows<Row>, newest: PagedRows<Row>, placeOf: PlaceOf<Row>): boolean {
  const [oldest, known] = [newest.rows.at(-1), loaded.rows[0]];
  if (newest.nextCursor === undefined || oldest === undefined) return false;
  return known === undefined || byPlace(placeOf)(oldest, known) < 0;
}

const byPlace =
  <Row>(placeOf: PlaceOf<Row>) =>
  (one: Row, other: Row): number => {
    const [a, b] = [placeOf(one), placeOf(other)];
    if (a.at !== b.at) return a.at < b.at ? 1 : -1;
    if (a.id === b.id) return 0;
    return a.id < b.id ? 1 : -1;
  };

/** The rows, and the cursor if there is one. */
export const pagedRows = <Row>(rows: readonly Row[], nextCursor: string | undefined): PagedRows<Row> => ({
  rows,
  ...(nextCursor !== undefined && { nextCursor }),
});

/** How many rows of a list were not in the earlier one. */
export function newRows<Row>(earlier: PagedRows<Row>, { rows }: PagedRows<Row>, placeOf: PlaceOf<Row>): number {
  const known = new Set(earlier.rows.map((row) => placeOf(row).id));
  return rows.filter((row) => !known.has(placeOf(row).id)).length;
}
