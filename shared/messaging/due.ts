/** Something that must happen later: a row's entry in the `due` index. */
export type Due = {
  /** The name of a `DueKind`. The concept that owns the row defines it. */
  kind: string;
  /** Epoch milliseconds. */
  at: number;
};
