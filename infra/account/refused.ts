/**
 * An action that is impossible in an account, or not possible in this way. Each fault is one sentence that says what to
 * do. It is printed without a stack trace.
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

/** True for an error with one of these AWS error names. */
export const isNamed = (error: unknown, ...names: string[]): boolean =>
  error instanceof Error && names.includes(error.name);

/** The result of a call; undefined if it failed with an error of this name. */
export const unlessNamed = <Output>(call: Promise<Output>, name: string): Promise<Output | undefined> =>
  call.catch((error) => {
    if (isNamed(error, name)) return undefined;
    throw error;
  });
