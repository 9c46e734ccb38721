import { Failure } from './failure.ts';

/**
 * A newer release wrote the data in a version that this release does not read. The data is correct, so it is neither
 * changed nor set aside as a dead letter. It is tried again until the release that reads it is deployed everywhere.
 */
export class NewerVersion extends Failure {
  override readonly name = 'NewerVersion';
  readonly code = 'NEWER_VERSION';
  readonly retriable = true;
  readonly next = 'Nothing during a deployment. If it persists, deploy the release that reads this version.';
}
