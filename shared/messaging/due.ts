/** Kinds of rows that `wake-due` drains, each on its own shards so that none stands before another. */
export const WAKE_KINDS = ['outbox', 'notification', 'unknown'] as const;
export type WakeKind = (typeof WAKE_KINDS)[number];

/** Kinds that only people can finish: they stand in the same index, to be counted and shown. */
export const OPEN_KINDS = ['held', 'dead-letter'] as const;
export type DueKind = WakeKind | (typeof OPEN_KINDS)[number];

/** Something that must happen later: what keeps a row in the `due` index. */
export type Due = {
  kind: DueKind;
  /** Epoch milliseconds. */
  at: number;
};
