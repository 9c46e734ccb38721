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

/** True for an answer of AWS that says no, or a call that never reached it: the SDK marks both. */
export function isFailedCall(error: unknown): error is Error {
  return error instanceof Error && ('$metadata' in error || error.name === 'CredentialsProviderError');
}

/** True for one of these error names of AWS. */
export const isNamed = (error: unknown, ...names: string[]): boolean =>
  error instanceof Error && names.includes(error.name);

/** What an error says in one line: AWS's words, or Node's code where the network had none. */
export function saidBy(error: unknown): string {
  const { name, message, code } = error as NodeJS.ErrnoException;
  return `${name}: ${message || code}`;
}
