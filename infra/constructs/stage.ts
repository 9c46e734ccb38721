import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { ENV } from '#shared/names.ts';
import type { StageSettings } from '../settings.ts';

/** The input of every part of a stage. */
export type Stage = {
  name: string;
  settings: StageSettings;
  /** Bundle folder of each function, by name. */
  bundles: Record<string, string>;
  /** The git commit that the bundles were built from. Absent: it is not known. */
  release?: string;
  /** Origin of the stage's console. Absent: the stage has none. */
  consoleOrigin?: string;
  /** Encrypts stored and queued data. Absent if the services' own keys encrypt it. */
  key?: IKey;
};

/** True if data outlives the stack. */
export const keepsData = ({ settings }: Stage): boolean => settings.removal === 'retain';

export const removalPolicyOf = (stage: Stage): RemovalPolicy =>
  keepsData(stage) ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

/** Variables of every function that requests notifications. */
export const notifyingVariablesOf = (stage: Stage): Record<string, string> => ({
  [ENV.contentRetentionDays]: String(stage.settings.contentRetentionDays),
  ...dueTimesOf(stage),
});

/** When the rows of a commit become due: variables of every function that commits. */
export const dueTimesOf = ({ settings: { timing } }: Stage): Record<string, string> => ({
  [ENV.outboxGraceSeconds]: String(timing.outboxGraceSeconds),
  [ENV.firstClaimSeconds]: String(timing.firstClaimSeconds),
});
