import type { ComponentChildren } from 'preact';

/** @property look `main`: what the row is about; `number`: to the right. */
export type Column<Row> = { title: string; cell: (row: Row) => ComponentChildren; look?: 'main' | 'number' };

type Props<Row> = {
  /** What the rows are, for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
};

/** A table. On a narrow page, each row is a block, and each value has its title beside it. */
export function Table<Row>({ caption, columns, rows, keyOf }: Props<Row>) {
  return (
    <table class="ops-table">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, look }) => (
            <th key={title} scope="col" class={look}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, cell, look }) => (
              <Cell key={title} title={title} look={look}>
                {cell(row)}
              </Cell>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type CellProps = { title: string; look: Column<never>['look']; children: ComponentChildren };

/** A narrow page leaves out what has no value. */
const Cell = ({ title, look, children }: CellProps) => {
  const isEmpty = children === undefined || children === '';
  return (
    <td class={look} data-title={title} data-empty={isEmpty}>
      <div>{isEmpty ? '–' : children}</div>
    </td>
  );
};
