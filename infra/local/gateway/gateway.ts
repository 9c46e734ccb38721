import { createAuthoriser, type UnusedGrant } from './authorise.ts';
import { type CallCounts, countCalls } from './calls.ts';
import type { Context, GatewayOptions } from './context.ts';
import { createFaultRules, type FaultRules } from './faults.ts';
import { createForwarder, listenLocally } from './http.ts';
import { endFailed, serveRequest } from './serve.ts';
import { SERVICE_NAMES, type ServiceName } from './services.ts';

export type { Caller } from './caller.ts';
export type { GatewayOptions } from './context.ts';
export type { PolicyStatement } from './iam.ts';
export type { ServiceName } from './services.ts';

/** A gateway whose ports are open. It answers once it serves. */
export type OpenGateway = {
  /** One address per service: what goes into `AWS_ENDPOINT_URL_*`. */
  endpoints: Record<ServiceName, string>;
  /** Calls that came before wait until now. */
  serve(options: GatewayOptions): Gateway;
  close(): Promise<void>;
};

export type Gateway = {
  endpoints: Record<ServiceName, string>;
  faults: FaultRules;
  calls: CallCounts;
  unusedGrants(): UnusedGrant[];
  close(): Promise<void>;
};

/**
 * Opens the ports of the proxy in front of every engine: queues have its address in their URLs, so it is known before
 * anything is created.
 *
 * The gateway knows a caller by the access key in the request and believes it: signatures are not verified, because the
 * keys never leave this machine. Presigned requests are the exception: they are made to be given away, and their
 * signature says what they permit. A key that belongs to no function is an operator's (a script, a test, the console):
 * it passes without a check and without a count.
 */
export async function openGateway(): Promise<OpenGateway> {
  const serving = Promise.withResolvers<Context>();
  const forwarder = createForwarder();
  const servers = await Promise.all(
    SERVICE_NAMES.map(async (service) => {
      const server = await listenLocally((incoming, response) => {
        void serving.promise.then((context) =>
          serveRequest(context, service, incoming, response).catch((error: Error) =>
            endFailed(context, service, response, error),
          ),
        );
      });
      return [service, server] as const;
    }),
  );
  const endpoints = endpointsOf(servers.map(([service, { url }]) => [service, url]));
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(([, server]) => server.close()));
    forwarder.close();
  };
  return {
    endpoints,
    serve(options) {
      const context: Context = {
        options,
        faults: createFaultRules(),
        calls: countCalls(),
        authoriser: createAuthoriser(options.accountId, options.policies ?? {}),
        engines: { upstreams: options.upstreams, smsUpstream: options.smsUpstream, forwarder },
        log: (line) => options.log?.(line),
      };
      serving.resolve(context);
      return {
        endpoints,
        faults: context.faults,
        calls: context.calls,
        unusedGrants: context.authoriser.unused,
        close,
      };
    },
    close,
  };
}

function endpointsOf(urls: [ServiceName, string][]): Record<ServiceName, string> {
  // Every service has a server; an object made of entries has no type that says so.
  return Object.fromEntries(urls) as Record<ServiceName, string>;
}
