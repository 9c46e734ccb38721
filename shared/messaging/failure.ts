/** One fault of a request. */
export type Fault = {
  /** JSON pointer into the request's body: `/contact/name`; empty for the body itself. */
  path: string;
  /** Stable, for programs. */
  code: string;
  /** What is wrong, for people. */
  message: string;
  /** What to do about it. */
  next: string;
};

/**
 * A failure with a next step for a person. There is one class per failure. Only the edge maps `code` to an HTTP status.
 */
export abstract class Failure extends Error {
  /** Written out in each class, because bundles are minified, and logs and people identify errors by name. */
  abstract override readonly name: string;
  /** Stable, for programs. */
  abstract readonly code: string;
  /** Whether a retry can help. */
  abstract readonly retriable: boolean;
  /** What to do next, for people. */
  abstract readonly next: string;
  /** All faults, if there may be several. */
  readonly faults: readonly Fault[] = [];
}
