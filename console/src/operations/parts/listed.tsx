import { useTexts } from '#console/base/context.ts';
import type { Failure } from '#console/base/failure.ts';
import { FailureState, LiveMark, Placeholder, Skeleton } from '#console/parts/parts.tsx';
import { TEXTS } from '../texts.ts';
import { type Column, Table } from './table.tsx';
import type { Pages } from './use-pages.ts';

type Props<Row> = {
  pages: Pages<Row>;
  caption: string;
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  /** What it means that there are no rows. */
  empty: { title: string; lead: string };
};

/** The rows of a list, or the state in their place. */
export function Listed<Row>({ pages, caption, columns, keyOf, empty }: Props<Row>) {
  const t = useTexts(TEXTS);
  const { rows, failure, hasMore, isLoading, loadMore } = pages;
  if (rows === undefined) return failure ? <FailureState failure={failure} scope="operations" /> : <Skeleton />;
  return (
    <>
      {rows.length > 0 ? (
        <Table caption={caption} columns={columns} rows={rows} keyOf={keyOf} />
      ) : (
        <Placeholder icon="check" title={hasMore ? t('noneYetTitle') : empty.title}>
          {hasMore ? t('noneYetLead') : empty.lead}
        </Placeholder>
      )}
      <div class="page-end">
        <span>{rows.length > 0 && t('rowsShown', { count: rows.length })}</span>
        {hasMore && (
          <button type="button" class="button" aria-disabled={isLoading} onClick={loadMore}>
            {isLoading ? t('loading') : t('loadMore')}
          </button>
        )}
      </div>
    </>
  );
}

/** A list that is complete in one answer. */
export const wholeList = <Row,>(rows: readonly Row[] | undefined, failure: Failure | undefined): Pages<Row> => ({
  rows: rows && [...rows],
  failure,
  hasMore: false,
  isLoading: false,
  loadMore: async () => undefined,
});

/** The head of a view: its title, and whether it is up to date. */
export function Head({ title, isLive }: { title: string; isLive?: boolean | undefined }) {
  return (
    <div class="page-head">
      <h1>{title}</h1>
      <span role="status">{isLive !== undefined && <LiveMark isLive={isLive} />}</span>
    </div>
  );
}
