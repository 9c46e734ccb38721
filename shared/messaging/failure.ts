/** One thing that is wrong with what was asked for. */
export type Fault = {
  /** JSON pointer into the request's body: `/contact/email`; empty for the body itself. */
  path: string;
  /** Stable, for programs. */
  code: string;
  /** What is wrong, for people. */
  message: string;
  /** What to do about it. */
  next: string;
};

/**
 * A failure that somebody can do something about. One class per failure; HTTP statuses are mapped
 * from `code` at the edge only.
 */
export abstract class Failure extends Error {
  /** Written out in each class: bundles are minified, and logs and people know errors by their names. */
  abstract override readonly name: string;
  /** Stable, for programs. */
  abstract readonly code: string;
  /** Whether doing the same again can help. */
  abstract readonly retriable: boolean;
  /** What to do next, for people. */
  abstract readonly next: string;
  /** Every single thing that is wrong, where there may be several. */
  readonly faults: readonly Fault[] = [];
}
