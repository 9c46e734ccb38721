import type { Authoriser } from './authorise.ts';
import type { Caller } from './caller.ts';
import type { CallCounts } from './calls.ts';
import type { Engines } from './engine.ts';
import type { FaultRules } from './faults.ts';
import type { PolicyStatement } from './iam.ts';
import type { SigningKeys } from './presigned.ts';
import type { ServiceName } from './services.ts';

export type GatewayOptions = {
  /** Address of the engine behind each service. */
  upstreams: Record<ServiceName, string>;
  /** Where SNS `Publish` with a phone number goes: the engine for topics cannot do it. */
  smsUpstream: string;
  callerOf: (accessKeyId: string) => Caller | undefined;
  /** Who has this key or had it, and with what secret: a presigned request outlives the environment that signed it. */
  signerOf?: (accessKeyId: string) => { caller: Caller; keys: SigningKeys } | undefined;
  region: string;
  accountId: string;
  /** Statements of every function by name, so that `unusedGrants` knows those that never called. */
  policies?: Record<string, PolicyStatement[]>;
  /** Verified SES identities (addresses and domains): tells which one a sender belongs to. */
  verifiedIdentities?: string[];
  /** One line for each refusal, fault and broken connection. */
  log?: (line: string) => void;
};

/** What every call needs of the gateway. */
export type Context = {
  options: GatewayOptions;
  faults: FaultRules;
  calls: CallCounts;
  authoriser: Authoriser;
  engines: Engines;
  log: (line: string) => void;
};
