/** The rows of a list that are loaded, newest first, and where the next page begins. */
export type PagedRows<Row> = { rows: readonly Row[]; nextCursor?: string };

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
 * The list after its first page was read again. Rows of the page replace those that are loaded, and older rows stay. So
 * does the place where the next page begins: what was looked through before is not looked through again.
 * @param loaded absent if the list was not read before.
 * @param isFiltered a page of a filtered list may be short or empty although more rows follow, so a page that has no row in
 * common with the loaded ones says nothing. Without filters, it says that there are unknown rows between. Then the list
 * begins again with this page.
 */
export function withFirstRows<Row>(
  loaded: PagedRows<Row> | undefined,
  page: PagedRows<Row>,
  isFiltered: boolean,
  placeOf: PlaceOf<Row>,
): PagedRows<Row> {
  if (!loaded || page.nextCursor === undefined) return page;
  const fresh = new Set(page.rows.map((row) => placeOf(row).id));
  const overlaps = loaded.rows.some((row) => fresh.has(placeOf(row).id));
  if (!overlaps && !isFiltered) return page;
  const oldest = page.rows.at(-1);
  const compare = byPlace(placeOf);
  // Rows as new as the page that are not on it no longer match the filters.
  const older = oldest ? loaded.rows.filter((row) => compare(row, oldest) > 0) : loaded.rows;
  return pagedRows([...page.rows, ...older], loaded.nextCursor);
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
