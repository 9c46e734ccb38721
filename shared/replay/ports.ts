import type { OutboxRecord } from '#shared/once/ports.ts';
import type { Replay, Skipped } from './replay.ts';

/** Part of a table, in the order of the table. `position` is where the next page begins; absent: it was the last page. */
export type Page = { examined: number; position?: string };

/** Which outbox rows: those of subjects of this type, of one tenant or of all. */
export type OutboxScope = { type: string; tenant?: string };

/** Reads the outbox rows of all subjects. No index contains them, so it reads the whole table, page by page. */
export type OutboxScan = {
  /** Consistent: a row that was committed before the first page was read is on one of the pages. @throws NewerVersion */
  scanOutbox(
    scope: OutboxScope,
    position: string | undefined,
  ): Promise<Page & { records: OutboxRecord[]; unreadable: Skipped[] }>;
};

/** A message with the row that it is stored in, and its position there, from 1. */
export type StoredMessage = { record: Pick<OutboxRecord, 'subject' | 'commandId'>; position: number; body: string };

/** A read model that can be built again. Its concept implements it, and the replay knows nothing else about it. */
export type RebuildableProjection = {
  /** The type of the subjects whose messages it follows. */
  subjectType: string;
  /**
   * Applies messages to one generation, in any order and however often. Messages that it does not follow are ignored.
   * @throws a Failure that is retriable: the page is tried again.
   */
  apply(
    messages: readonly StoredMessage[],
    generation: number,
  ): Promise<{ messages: number; written: number; skipped: Skipped[] }>;
  /** Copies a page of the rows of other generations. A message of the same version later replaces a copy. */
  copy(isCopied: IsRowOf, generation: number, position: string | undefined): Promise<Page & { copied: number }>;
  /** Deletes a page of rows. */
  remove(isRemoved: IsRowOf, position: string | undefined): Promise<Page & { deleted: number }>;
};

/** Whether it is about a row of this tenant and generation. */
export type IsRowOf = (tenant: string, generation: number) => boolean;

export type ReplayList = {
  /** All replays, in no order. */
  listReplays(): Promise<Replay[]>;
};
