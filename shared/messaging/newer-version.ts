import { Failure } from './failure.ts';

/**
 * A newer release wrote it, in a version that this one does not read. Nothing is wrong with it, so it is
 * neither set aside nor touched: it is tried again until the release that reads it is everywhere.
 */
export class NewerVersion extends Failure {
  override readonly name = 'NewerVersion';
  readonly code = 'NEWER_VERSION';
  readonly retriable = true;
  readonly next = 'Nothing, while a deployment is under way. If it stays, deploy the release that reads this version.';
}
