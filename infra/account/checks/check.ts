import type { StageSettings } from '../../settings.ts';
import type { Patient } from './patient.ts';

/** What a finding stands in the way of. A warning stands in nobody’s way, yet. */
export type Severity = 'deploy' | 'mail' | 'warning';

/** Something that is not as it must be, and what to do about it. */
export type Finding = { severity: Severity; fault: string; next: string };

/** One question to the account. */
export type Check = {
  name: string;
  /** The worst it can find. An answer that nobody gives counts as that: what was not seen is not well. */
  stops: Severity;
  /** Stages that it is about; all, if not given. */
  about?(settings: StageSettings): boolean;
  run(patient: Patient): Promise<Finding[]>;
};

const findings =
  (severity: Severity) =>
  (fault: string, next: string): Finding => ({ severity, fault, next });

/** A deployment would fail, or must not be. */
export const blocksDeploy = findings('deploy');
/** What is deployed would not send, or not to everybody. */
export const blocksMail = findings('mail');
export const warning = findings('warning');
