/**
 * A failure that somebody can do something about. One class per failure; HTTP statuses are mapped
 * from `code` at the edge only.
 */
export abstract class Failure extends Error {
  /** Stable, for programs. */
  abstract readonly code: string;
  /** Whether doing the same again can help. */
  abstract readonly retriable: boolean;
  /** What to do next, for people. */
  abstract readonly next: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
