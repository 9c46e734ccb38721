/**
 * What cannot be done in an account, or not like this: each reason as one sentence that says what to do.
 * It is printed as it is, without a stack.
 */
export class Refused extends Error {
  readonly code = 'REFUSED';
  readonly faults: string[];
  constructor(...faults: string[]) {
    super(faults.join('\n'));
    this.name = 'Refused';
    this.faults = faults;
  }
}

/** True for one of these error names of AWS. */
export const isNamed = (error: unknown, ...names: string[]): boolean =>
  error instanceof Error && names.includes(error.name);
