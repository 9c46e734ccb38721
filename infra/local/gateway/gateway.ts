import { createAuthoriser, type UnusedGrant } from './authorise.ts';
import type { Caller } from './caller.ts';
import { type CallCounts, countCalls } from './calls.ts';
import { createFaultRules, type FaultRules } from './faults.ts';
import { createForwarder, listenLocally } from './http.ts';
import type { PolicyStatement } from './iam.ts';
import type { SigningKeys } from './presigned.ts';
import { type Context, endFailed, serveRequest } from './serve.ts';
import { SERVICE_NAMES, type ServiceName } from './services.ts';

export type { Caller } from './caller.ts';
export type { PolicyStatement } from './iam.ts';
export type { ServiceName } from './services.ts';

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

export type Gateway = {
  /** One address per service: what goes into `AWS_ENDPOINT_URL_*`. */
  endpoints: Record<ServiceName, string>;
  faults: FaultRules;
  calls: CallCounts;
  unusedGrants(): UnusedGrant[];
  close(): Promise<void>;
};

/**
 * Starts the proxy in front of every engine. It knows a caller by the access key in the request and
 * believes it: signatures are not verified, the keys never leave this machine. But for presigned requests: they are
 * made to be given away, and what they permit is all in their signature. A key that is no
 * function's is an operator's (a script, a test, the console): it passes unjudged and uncounted.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const log = (line: string) => options.log?.(line);
  const faults = createFaultRules();
  const calls = countCalls();
  const authoriser = createAuthoriser(options.accountId, options.policies ?? {});
  const forwarder = createForwarder();
  const engines = { upstreams: options.upstreams, smsUpstream: options.smsUpstream, forwarder };
  const context: Context = { options, faults, calls, authoriser, engines, log };
  const servers = await Promise.all(
    SERVICE_NAMES.map((service) =>
      listenLocally((incoming, response) => {
        serveRequest(context, service, incoming, response).catch((error: Error) =>
          endFailed(context, service, response, error),
        );
      }),
    ),
  );
  return {
    endpoints: Object.fromEntries(SERVICE_NAMES.map((service, index) => [service, servers[index]?.url])) as Record<
      ServiceName,
      string
    >,
    faults,
    calls,
    unusedGrants: authoriser.unused,
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      forwarder.close();
    },
  };
}
