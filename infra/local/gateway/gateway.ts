import * as v from 'valibot';
import { SERVICE_NAMES, type ServiceName } from '../aws/services.ts';
import { listenLocally } from '../base/http.ts';
import { createAuthoriser } from './authorise.ts';
import { countCalls } from './calls.ts';
import type { Context, GatewayOptions } from './context.ts';
import { createFaultRules } from './faults.ts';
import { createForwarder } from './forwarder.ts';
import { endFailedCall, serveRequest } from './serve.ts';

export type { Caller } from './caller.ts';
export type { GatewayOptions } from './context.ts';

/** A gateway whose ports are open. It answers after `serve` has been called. */
export type OpenGateway = Awaited<ReturnType<typeof openGateway>>;

export type Gateway = ReturnType<OpenGateway['serve']>;

/**
 * Opens the ports of the proxy in front of every engine. The URL of a queue contains the address of the proxy, so the
 * address must be known before any queue is created.
 *
 * The gateway identifies a caller by the access key in the request. It does not verify signatures, because the keys
 * never leave this machine. Presigned requests are the exception: a function gives them to others, and their signature
 * says what they permit. A key that belongs to no function is an operator's (a script, a test, the console). Its calls
 * pass without a check and are not counted.
 */
export async function openGateway() {
  const serving = Promise.withResolvers<Context>();
  const forwarder = createForwarder();
  const servers = await Promise.all(
    SERVICE_NAMES.map(async (service) => {
      const server = await listenLocally((incoming, response) => {
        void serving.promise.then((context) =>
          serveRequest(context, service, incoming, response).catch((error: Error) =>
            endFailedCall(context, service, response, error),
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
    /** One address for each service: the values of `AWS_ENDPOINT_URL_*`. */
    endpoints,
    /** Starts to answer. Calls that arrived before have waited for it. */
    serve(options: GatewayOptions) {
      const context: Context = {
        options,
        faults: options.faults ?? createFaultRules(),
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

/**
 * An address for every service. The type of an object made of entries does not say that it is complete; the schema
 * does.
 */
const ENDPOINTS = v.object(v.entriesFromList(SERVICE_NAMES, v.string()));

function endpointsOf(urls: [ServiceName, string][]): Record<ServiceName, string> {
  return v.parse(ENDPOINTS, Object.fromEntries(urls));
}
