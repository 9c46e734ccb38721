/** Kinds of rows that `wake-due` processes. Each has its own shards, so that no kind blocks another. */
export const WAKE_KINDS = ['outbox', 'notification', 'unknown', 'attachment', 'erasure', 'statistics'] as const;
export type WakeKind = (typeof WAKE_KINDS)[number];

/** Kinds that only people can finish. They are in the same index, so that they can be counted and shown. */
type OpenKind = 'held' | 'dead-letter';
export type DueKind = WakeKind | OpenKind;

/** Something that must happen later: a row's entry in the `due` index. */
export type Due = {
  kind: DueKind;
  /** Epoch milliseconds. */
  at: number;
};
