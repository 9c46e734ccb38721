import { CannotRun } from '../../base/failure.ts';

/** One missing requirement and the remedy. Neither text ends in a full stop. */
export type MissingRequirement = { why: string; next: string };

/** This machine does not meet a requirement of DynamoDB Local. */
export class MissingRequirements extends CannotRun {
  override readonly name = 'MissingRequirements';
  readonly missing: MissingRequirement[];
  constructor(missing: MissingRequirement[], options?: ErrorOptions) {
    super(missing.map(({ why, next }) => `${why}; ${next}.`).join('\n'), options);
    this.missing = missing;
  }
}
