import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Where a stage's own user pool is, and how machines get tokens from it. */
export type PoolOutputs = { id: string; tokenUrl: string; smokeClientId: string; scopePrefix: string };

/** What a script or a test needs to use a stage, wherever it runs. */
export type StageOutputs = {
  stage?: string;
  region?: string;
  apiUrl: string;
  consoleUrl: string;
  /** What the outside world received; only where the outside world is ours. */
  inboxUrl?: string;
  /** Faults, pauses, tokens; only on this machine. */
  controlUrl?: string;
  /** Of services that are not AWS’s own. */
  endpoints: Record<string, string>;
  tableName: string;
  topicArn: string;
  attachmentsBucket: string;
  /** By function, of those that read a queue. */
  queues: Record<string, { url: string; dlqUrl: string }>;
  pool?: PoolOutputs;
  /** Access tokens by tenant. */
  tokens: Record<string, string>;
};

/** Name of the stack that is a stage. */
export const stackNameOf = (stage: string): string => `counterfoil-${stage}`;

/** Output of the stack that holds what it knows of `StageOutputs`, as JSON. */
export const OUTPUTS_KEY = 'outputs';

/**
 * Writes `outputs.json`, for its owner's eyes only. It is written beside and renamed, so that whoever waits
 * for the file reads all of it.
 */
export function writeOutputs(file: string, outputs: StageOutputs): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(outputs, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
