import { Failure, type Fault } from '#shared/messaging/failure.ts';

/** The request is invalid, and nothing was done. The HTTP status follows from `code`. */
export class RequestRefused extends Failure {
  override readonly name = 'RequestRefused';
  readonly code: string;
  readonly retriable = false;
  readonly next: string;
  /** Every fault of the body or query, not only the first. */
  override readonly faults: readonly Fault[];

  constructor(code: string, detail: string, next: string, faults: readonly Fault[] = []) {
    super(detail);
    this.code = code;
    this.next = next;
    this.faults = faults;
  }
}
