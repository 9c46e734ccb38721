import type { StageSettings } from '../../settings.ts';
import type { CheckContext } from './context.ts';

/** What a finding blocks. A warning blocks nothing yet. */
export type Severity = 'deploy' | 'mail' | 'warning';

/** A fault, and what to do about it. */
export type Finding = { severity: Severity; fault: string; next: string };

/** One check of the account. */
export type Check = {
  name: string;
  /**
   * The highest severity of this check. A check without an answer gets this severity, because its fault may exist
   * unseen.
   */
  stops: Severity;
  /** Stages that the check applies to. Default: all. */
  about?(settings: StageSettings): boolean;
  run(context: CheckContext): Promise<Finding[]>;
};

/** Makes findings of one severity. `when` makes none if the fault is absent. */
function finding(severity: Severity) {
  const found = (fault: string, next: string): Finding[] => [{ severity, fault, next }];
  const when = (isFaulty: boolean, fault: string, next: string): Finding[] => (isFaulty ? found(fault, next) : []);
  return Object.assign(found, { when });
}

/** A deployment would fail, or must not happen. */
export const blocksDeploy = finding('deploy');
/** The deployed stage would send nothing, or not to all recipients. */
export const blocksMail = finding('mail');
export const warning = finding('warning');
