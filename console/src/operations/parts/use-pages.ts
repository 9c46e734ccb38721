import { useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import type { Failure } from '#console/base/failure.ts';
import { useRead } from './use-read.ts';

export type Page<Row> = { rows: readonly Row[]; nextCursor?: string | undefined };

/** Pages that were loaded on request. They follow the first page as it was then. */
type More<Row> = { path: string; rows: readonly Row[]; nextCursor?: string | undefined };

/**
 * A list in pages. The first page is read again every two seconds; later ones are read on request.
 * @param path of the first page, with its query.
 * @param pageOf reads the rows of an answer.
 * @returns also the latest answer for the first page. `again` reads it now.
 */
export function usePages<Answer, Row>(
  api: Api,
  path: string,
  pageOf: (answer: Answer) => Page<Row>,
  keyOf: (row: Row) => string,
) {
  const { value, failure, again } = useRead<Answer>(api, path);
  const [more, setMore] = useState<More<Row>>();
  const [isLoading, setLoading] = useState(false);
  const [lateFailure, setLateFailure] = useState<Failure>();
  const first = value === undefined ? undefined : pageOf(value);
  const later = more?.path === path ? more : undefined;
  const next = later ? later.nextCursor : first?.nextCursor;
  const loadMore = async (): Promise<void> => {
    if (next === undefined || isLoading) return;
    setLoading(true);
    const result = await api.get<Answer>(`${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next)}`);
    setLoading(false);
    setLateFailure('failure' in result ? result.failure : undefined);
    if ('failure' in result) return;
    const { rows, nextCursor } = pageOf(result.value);
    setMore({ path, rows: [...(later?.rows ?? []), ...rows], nextCursor });
  };
  const known = new Set(first?.rows.map(keyOf));
  const rows = first && [...first.rows, ...(later?.rows ?? []).filter((row) => !known.has(keyOf(row)))];
  return { value, again, rows, failure: failure ?? lateFailure, hasMore: next !== undefined, isLoading, loadMore };
}

export type Pages<Row> = {
  rows: Row[] | undefined;
  failure: Failure | undefined;
  hasMore: boolean;
  isLoading: boolean;
  loadMore: () => Promise<void>;
};
