import { CannotRun } from '../../base/failure.ts';

/** One missing requirement and the remedy. Neither text ends in a full stop. */
export type Lack = { why: string; next: string };

/** This machine does not meet a requirement of DynamoDB Local. */
export class Lacking extends CannotRun {
  readonly lacks: Lack[];
  constructor(lacks: Lack[], options?: ErrorOptions) {
    super(lacks.map(({ why, next }) => `${why}; ${next}.`).join('\n'), options);
    this.name = 'Lacking';
    this.lacks = lacks;
  }
}
