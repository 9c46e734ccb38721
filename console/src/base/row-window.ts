/**
 * The geometry of a long table. Only the rows that a person can see are in the document, and gaps take the place of the
 * others. All positions are in pixels below the top of the first row.
 */

/** The heights of rows that were seen, and what is assumed for others. */
export type Heights = { usual: number; byId: Map<string, number> };

/** What is visible, and a margin around it. */
export type Span = { from: number; to: number };

/** A row by its index, or the space of the rows before `until`, which are not in the document. */
export type Part = { row: number } | { gapPx: number; until: number };

/** Where each row begins. The last number is where the table ends. */
export function startsOf(ids: readonly string[], { usual, byId }: Heights): Float64Array {
  const starts = new Float64Array(ids.length + 1);
  let end = 0;
  ids.forEach((id, index) => {
    starts[index] = end;
    end += byId.get(id) ?? usual;
  });
  starts[ids.length] = end;
  return starts;
}

/**
 * The rows of a span, and the gaps between them, in their order.
 * @param kept indexes of rows that are in the document wherever they are, in ascending order.
 */
export function partsOf(starts: Float64Array, { from, to }: Span, kept: readonly number[]): Part[] {
  const count = starts.length - 1;
  const [first, last] = [rowAt(starts, from), rowAt(starts, to)];
  const seen = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const rows = [...kept.filter((row) => row < first), ...seen, ...kept.filter((row) => row > last)];
  const parts: Part[] = [];
  let next = 0;
  for (const row of [...rows.filter((one) => one >= 0 && one < count), count]) {
    if (row > next) parts.push({ gapPx: (starts[row] ?? 0) - (starts[next] ?? 0), until: row });
    if (row < count) parts.push({ row });
    next = row + 1;
  }
  return parts;
}

/** The index of the row at a position; the first or the last one if it is outside the table. */
function rowAt(starts: Float64Array, position: number): number {
  let [low, high] = [0, Math.max(0, starts.length - 2)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
