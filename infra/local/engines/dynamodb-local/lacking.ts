import { CannotRun } from '../../failure.ts';

/** One thing that is missing, and what to do about it. Neither ends in a full stop. */
export type Lack = { why: string; next: string };

/** What DynamoDB Local needs cannot be had on this machine, as it is. */
export class Lacking extends CannotRun {
  readonly lacks: Lack[];
  constructor(lacks: Lack[], options?: ErrorOptions) {
    super(lacks.map(({ why, next }) => `${why}; ${next}.`).join('\n'), options);
    this.name = 'Lacking';
    this.lacks = lacks;
  }
}
