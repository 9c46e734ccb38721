import type { PolicyStatement } from '../aws/policy.ts';
import type { Authoriser } from './authorise.ts';
import type { Caller } from './caller.ts';
import type { CallCounts } from './calls.ts';
import type { Engines } from './engine.ts';
import type { FaultRules } from './faults.ts';
import type { SigningKeys } from './presigned.ts';

export type GatewayOptions = Omit<Engines, 'forwarder'> & {
  callerOf: (accessKeyId: string) => Caller | undefined;
  /**
   * The present or former owner of an access key, with its secrets. A presigned request outlives the environment that
   * signed it.
   */
  signerOf?: (accessKeyId: string) => { caller: Caller; keys: SigningKeys } | undefined;
  region: string;
  accountId: string;
  /** Statements of every function by name, so that `unusedGrants` includes functions without calls. */
  policies?: Record<string, PolicyStatement[]>;
  /** Rules that others apply, too; new ones if absent. */
  faults?: FaultRules;
  /** Verified SES identities (addresses and domains), which decide the identity of a sender. */
  verifiedIdentities?: string[];
  /** Receives one line for each refusal, fault and broken connection. */
  log?: (line: string) => void;
};

/** The parts of the gateway that every call uses. */
export type Context = {
  options: GatewayOptions;
  faults: FaultRules;
  calls: CallCounts;
  authoriser: Authoriser;
  engines: Engines;
  log: (line: string) => void;
};
