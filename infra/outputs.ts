import { writeWhole } from './write-whole.ts';

/** The stage's own user pool, and where machines get tokens from it. */
export type PoolOutputs = { id: string; tokenUrl: string; smokeClientId: string; scopePrefix: string };

/** Where a page learns about changes (AppSync Events). */
export type LiveOutputs = {
  /** Address of the WebSocket. */
  url: string;
  /** Host of the API, which a page names when it connects. */
  host: string;
  /** The claim of a token that names the tenant, and so the channel. */
  tenantClaim: string;
};

/** What a script or a test needs to use a stage, on AWS or in the local cloud. */
export type StageOutputs = {
  stage?: string;
  region?: string;
  apiUrl: string;
  consoleUrl: string;
  /** Shows the messages that the outside world received. Present only where the outside world is simulated. */
  inboxUrl?: string;
  /** Controls faults, pauses and tokens. Present only on this machine. */
  controlUrl?: string;
  /** Folder of the functions' logs. Present only on this machine. */
  logsFolder?: string;
  /** Endpoints of services that differ from AWS’s own. */
  endpoints: Record<string, string>;
  tableName: string;
  topicArn: string;
  attachmentsBucket: string;
  /** Queues by function, for each function that reads a queue. */
  queues: Record<string, { url: string; dlqUrl: string }>;
  pool?: PoolOutputs;
  /** Absent: pages of this stage read by themselves. */
  live?: LiveOutputs;
  /** Access tokens by tenant. */
  tokens: Record<string, string>;
};

/** Context of the CDK with which a stage is synthesized without its canary. */
export const ALL_AT_ONCE = 'all-at-once';

/** Name of the stack of a stage's console. */
export const consoleStackNameOf = (stage: string): string => `${stackNameOf(stage)}-console`;

/** Name of a stage's stack. */
export const stackNameOf = (stage: string): string => `counterfoil-${stage}`;

/** Output of the console's stack: the origin of the console. */
export const CONSOLE_ORIGIN_KEY = 'consoleOrigin';

/** Stack output that contains, as JSON, what the stack knows of `StageOutputs`. */
export const OUTPUTS_KEY = 'outputs';

/**
 * Writes `outputs.json`, readable only by its owner. The file is written under another name and then renamed, so a
 * process that waits for it always reads a complete file.
 */
export function writeOutputs(file: string, outputs: StageOutputs): void {
  writeWhole(file, `${JSON.stringify(outputs, null, 2)}\n`);
}
