import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { StageSettings } from '../settings.ts';

/** What every part of a stage is made from. */
export type Stage = {
  name: string;
  settings: StageSettings;
  /** Bundle folder of each function, by name. */
  bundles: Record<string, string>;
  /** Encrypts what is kept and queued; absent where the services' own keys do. */
  key?: IKey;
};

/** True where data outlives the stack. */
export const keepsData = ({ settings }: Stage): boolean => settings.removal === 'retain';

export const removalPolicyOf = (stage: Stage): RemovalPolicy =>
  keepsData(stage) ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
