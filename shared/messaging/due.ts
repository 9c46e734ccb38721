/** Kinds of rows that `wake-due` drains, each on its own shards so that none stands before another. */
export const WAKE_KINDS = ['outbox', 'notification', 'unknown', 'attachment', 'erasure', 'statistics'] as const;
export type WakeKind = (typeof WAKE_KINDS)[number];

/** Kinds that only people can finish: they stand in the same index, to be counted and shown. */
type OpenKind = 'held' | 'dead-letter';
export type DueKind = WakeKind | OpenKind;

/** Something that must happen later: what keeps a row in the `due` index. */
export type Due = {
  kind: DueKind;
  /** Epoch milliseconds. */
  at: number;
};
