import { type ColumnUserConfig, getBorderCharacters, table } from 'table';
import { onOneLine } from './text.ts';

/** A column of a table. */
export type Column<Row> = {
  title: string;
  value(row: Row): string | undefined;
  /** Its text is never shortened, because people copy it: an id. */
  isWhole?: boolean;
  align?: 'right';
};

/** Between two columns. */
const GAP = 2;
/** A shortened column keeps this many characters. */
const LEAST_WIDTH = 8;

/**
 * A table that fits the terminal. Long texts are shortened, widest column first. If the ids alone are too wide, each row
 * becomes a block of lines, one for each column.
 * @param width of the terminal in characters; `Infinity` if the output is not a terminal.
 */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string {
  const cells = rows.map((row) => columns.map((column) => onOneLine(column.value(row) ?? '')));
  const shown = columns.map((_, index) => cells.some((row) => row[index] !== ''));
  const kept = columns.filter((_, index) => shown[index]);
  const lines = [kept.map(({ title }) => title), ...cells.map((row) => row.filter((_, index) => shown[index]))];
  const natural = kept.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)));
  const widths = fittingWidths(kept, natural, width);
  return widths ? drawTable(kept, lines, widths) : drawBlocks(lines, width);
}

/** Widths that fit together; undefined if there are none. */
function fittingWidths<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  width: number,
): number[] | undefined {
  const widths = [...natural];
  const least = columns.map(({ isWhole }, index) => Math.min(natural[index] ?? 0, isWhole ? Infinity : LEAST_WIDTH));
  const total = (): number => widths.reduce((sum, one) => sum + one, GAP * (widths.length - 1));
  while (total() > width) {
    const shrinkable = widths.map((one, index) => (one > (least[index] ?? 0) ? one : 0));
    const widest = shrinkable.indexOf(Math.max(...shrinkable));
    if (!shrinkable[widest]) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function drawTable<Row>(columns: readonly Column<Row>[], lines: string[][], widths: readonly number[]): string {
  const drawn = table(lines, {
    border: { ...getBorderCharacters('void'), bodyJoin: ' '.repeat(GAP) },
    columns: columns.map(({ align }, index): ColumnUserConfig => {
      const width = Math.max(1, widths[index] ?? 1);
      return { width, alignment: align ?? 'left', truncate: width, paddingLeft: 0, paddingRight: 0 };
    }),
    drawHorizontalLine: () => false,
  });
  return withoutTrailingSpaces(drawn);
}

/** For each row a line per column, and an empty line between two rows. */
function drawBlocks([titles = [], ...rows]: string[][], width: number): string {
  return rows
    .map((row) =>
      formatFields(
        titles.map((title, index) => [title, row[index]]),
        width,
      ),
    )
    .join('\n');
}

/** Titles and texts, one pair below the other. Long texts are wrapped, never shortened. Absent texts are left out. */
export function formatFields(fields: readonly (readonly [string, string | undefined])[], width: number): string {
  const lines = fields.flatMap(([title, text]) =>
    text === undefined || text === '' ? [] : [[title, text.split('\n').map(onOneLine).join('\n')]],
  );
  if (lines.length === 0) return '';
  const first = Math.max(...lines.map(([title = '']) => title.length));
  const longest = Math.max(...lines.flatMap(([, text = '']) => text.split('\n').map(({ length }) => length)));
  const second = Math.max(10, Math.min(longest, width - first - GAP));
  const drawn = table(lines, {
    border: { ...getBorderCharacters('void'), bodyJoin: ' '.repeat(GAP) },
    columnDefault: { paddingLeft: 0, paddingRight: 0 },
    columns: [{ width: first }, { width: second, wrapWord: true }],
    drawHorizontalLine: () => false,
  });
  return withoutTrailingSpaces(drawn);
}

const withoutTrailingSpaces = (text: string): string => text.replace(/[^\S\n]+$/gm, '');
