import { Failure } from '#shared/messaging/failure.ts';

/** One thing that is wrong with a request's body. */
export type Fault = {
  /** JSON pointer into the body: `/contact/email`; empty for the body itself. */
  path: string;
  /** Stable, for programs. */
  code: string;
  /** What is wrong, for people. */
  message: string;
  /** What to do about it. */
  next: string;
};

/** The request cannot be understood as it is; nothing was done. Its status follows from `code`. */
export class RequestRefused extends Failure {
  readonly code: string;
  readonly retriable = false;
  readonly next: string;
  /** Every fault of the body, not only the first. */
  readonly faults: readonly Fault[];

  constructor(code: string, detail: string, next: string, faults: readonly Fault[] = []) {
    super(detail);
    this.code = code;
    this.next = next;
    this.faults = faults;
  }
}
