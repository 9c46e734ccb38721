import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorAnswer, transactionConflict } from './answers.ts';
import { type Authoriser, createAuthoriser, type UnusedGrant } from './authorise.ts';
import type { Caller } from './caller.ts';
import { type CallCount, type CallCounts, countCalls } from './calls.ts';
import { askForCapacity, isMetered, takeCapacity } from './capacity.ts';
import { createFaultRules, type Fault, type FaultRules } from './faults.ts';
import {
  BodyTooLarge,
  createForwarder,
  endToEndHeaders,
  type Forwarder,
  listenLocally,
  readBody,
  sendAnswer,
} from './http.ts';
import type { PolicyStatement } from './iam.ts';
import { type Operation, Unnameable } from './operations.ts';
import { readOperation, readRequest } from './protocols.ts';
import { refusedConnection } from './refused-connection.ts';
import { type Answer, SERVICE_NAMES, type ServiceName } from './services.ts';

export type { Caller } from './caller.ts';
export type { PolicyStatement } from './iam.ts';
export type { ServiceName } from './services.ts';

export type GatewayOptions = {
  /** Address of the engine behind each service. */
  upstreams: Record<ServiceName, string>;
  /** Where SNS `Publish` with a phone number goes: the engine for topics cannot do it. */
  smsUpstream: string;
  callerOf: (accessKeyId: string) => Caller | undefined;
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
 * believes it: signatures are not verified, the keys never leave this machine. A key that is no
 * function's is an operator's (a script, a test, the console): it passes unjudged and uncounted.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const log = (line: string) => options.log?.(line);
  const faults = createFaultRules();
  const calls = countCalls();
  const authoriser = createAuthoriser(options.accountId, options.policies ?? {});
  const forwarder = createForwarder();
  const context: Context = { options, faults, calls, authoriser, forwarder, log };
  const servers = await Promise.all(
    SERVICE_NAMES.map((service) =>
      listenLocally((incoming, response) => {
        serve(context, service, incoming, response).catch((error: Error) => fail(context, service, response, error));
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

type Context = {
  options: GatewayOptions;
  faults: FaultRules;
  calls: CallCounts;
  authoriser: Authoriser;
  forwarder: Forwarder;
  log: (line: string) => void;
};

/** One request on its way, with its body read where the body says what it asks for. */
type Call = {
  service: ServiceName;
  incoming: IncomingMessage;
  response: ServerResponse;
  body: Buffer | IncomingMessage;
};

async function serve(
  context: Context,
  service: ServiceName,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const accessKeyId = accessKeyOf(incoming);
  if (!accessKeyId) return sendAnswer(response, errorAnswer(service, 'denied', 'Missing Authentication Token'));
  // Objects may be large and say nothing about permissions: they alone are not read, only passed on.
  const body = service === 's3' ? incoming : await readBody(incoming);
  const call: Call = { service, incoming, response, body };
  const known = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const caller = context.options.callerOf(accessKeyId);
  if (!caller) {
    const toPhone = service === 'sns' && readRequest(service, incoming, known).input.PhoneNumber !== undefined;
    return passOn(await forward(context, call, toPhone), response);
  }
  const { region, accountId, verifiedIdentities = [] } = context.options;
  const operation = readOperation(service, incoming, known, {
    region,
    accountId,
    verifiedIdentities,
    policies: caller.policies,
  });
  await serveFunction(context, caller, call, operation);
}

/** The access key in the SigV4 header, or in the query of a presigned request. */
function accessKeyOf({ headers, url = '' }: IncomingMessage): string | undefined {
  return (
    /Credential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1] ?? /[?&]X-Amz-Credential=([^%/&]+)/.exec(url)?.[1]
  );
}

async function serveFunction(context: Context, caller: Caller, call: Call, operation: Operation): Promise<void> {
  const { service, response } = call;
  const { functionName, accessKeyId } = caller;
  const count = context.calls.add(functionName, service, operation.name);
  const refusal = context.authoriser.refusal(caller, operation.grants);
  if (refusal) {
    context.log(`${functionName}: ${service} ${operation.name} refused: ${refusal}`);
    return sendAnswer(response, errorAnswer(service, 'denied', refusal));
  }
  const rule = caller.polling
    ? undefined
    : context.faults.take({ function: functionName, service, operation: operation.name });
  if (rule) context.log(`${functionName}: ${service} ${operation.name} meets fault ${rule.fault}`);
  const instead = rule && answerInstead(rule.fault, service, operation);
  if (instead) return sendAnswer(response, instead);
  if (rule?.fault === 'kill-before') return caller.kill(accessKeyId);
  if (rule?.fault === 'delay') await sleep(rule.delayMs ?? 1000);

  const answer = await forwardMetered(context, call, operation, count);
  if (rule?.fault !== 'lose-response' && rule?.fault !== 'kill-after') return passOn(answer, response);
  // The engine's work is done when its whole answer is here; the caller never sees it.
  if (!Buffer.isBuffer(answer.body)) await buffer(answer.body);
  if (rule.fault === 'kill-after') return caller.kill(accessKeyId);
  response.socket?.resetAndDestroy();
}

/** What a fault makes the gateway say without asking the engine. */
function answerInstead(fault: Fault, service: ServiceName, { input }: Operation): Answer | undefined {
  if (fault === 'refuse') return refusedConnection;
  if (fault === 'throttle') return errorAnswer(service, 'throttled');
  if (fault === 'error') return errorAnswer(service, 'failed');
  if (fault === 'transaction-conflict') return transactionConflict(input.TransactItems?.length ?? 0);
  return undefined;
}

/** An engine's answer, streaming or whole. */
type EngineAnswer = { status: number; headers: Record<string, string | string[]>; body: Buffer | IncomingMessage };

/** Forwards a function's call and adds the capacity that it used to its count. */
async function forwardMetered(
  context: Context,
  call: Call,
  operation: Operation,
  count: CallCount,
): Promise<EngineAnswer> {
  const toPhone = call.service === 'sns' && operation.input.PhoneNumber !== undefined;
  const metered = call.service === 'dynamodb' && isMetered(operation.name) && Buffer.isBuffer(call.body);
  if (!metered) return forward(context, call, toPhone, operation.name === 'ReceiveMessage');
  const answer = await forward(context, { ...call, body: askForCapacity(operation, call.body as Buffer) }, toPhone);
  const { body, units } = takeCapacity(operation, answer.status, await buffer(answer.body as IncomingMessage));
  count.readUnits += units.readUnits;
  count.writeUnits += units.writeUnits;
  // The checksum was the unchanged body's.
  const { 'x-amz-crc32': _, ...headers } = answer.headers;
  return { ...answer, headers, body };
}

/**
 * Forwards a call to its engine.
 * @param abandonable the engine is told when the client has gone: a long poll would otherwise hand
 *   messages to nobody. Any other call is seen through, as an engine does that has read a request.
 */
async function forward(context: Context, call: Call, toPhone: boolean, abandonable = false): Promise<EngineAnswer> {
  const { service, incoming, response, body } = call;
  const upstream = new URL(toPhone ? context.options.smsUpstream : context.options.upstreams[service]);
  try {
    const answer = await context.forwarder.forward(upstream, {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: endToEndHeaders(incoming),
      body,
      ...(abandonable && { signal: signalWhenGone(response) }),
    });
    return { status: answer.statusCode ?? 502, headers: endToEndHeaders(answer), body: answer };
  } catch (cause) {
    throw new EngineFailed(service, cause as NodeJS.ErrnoException);
  }
}

/** Aborts when the client goes away before it has its whole answer. */
function signalWhenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** The connection to an engine could not be made or broke before its answer. */
class EngineFailed extends Error {
  readonly refused: boolean;
  constructor(service: ServiceName, cause: NodeJS.ErrnoException) {
    super(`The engine of ${service} does not answer: ${cause.message}`, { cause });
    this.name = 'EngineFailed';
    this.refused = cause.code === 'ECONNREFUSED';
  }
}

async function passOn({ status, headers, body }: EngineAnswer, response: ServerResponse): Promise<void> {
  if (Buffer.isBuffer(body)) {
    response.writeHead(status, { ...headers, 'content-length': String(body.length) });
    response.end(body);
    return;
  }
  response.writeHead(status, headers);
  await pipeline(body, response);
}

/** Ends a call that could not be served, so that its client sees what happened to its engine. */
function fail({ log }: Context, service: ServiceName, response: ServerResponse, error: Error): void {
  const clientGone = response.destroyed || response.socket?.destroyed === true;
  if (clientGone || response.headersSent) {
    response.destroy();
    return;
  }
  log(`${service}: ${error.message}`);
  const answer = answerTo(service, error);
  if (answer) sendAnswer(response, answer);
  // Broken half-way: nobody knows whether the engine did it, and that is what a reset says.
  else response.socket?.resetAndDestroy();
}

function answerTo(service: ServiceName, error: Error): Answer | undefined {
  if (error instanceof Unnameable) return errorAnswer(service, 'unknown-operation', error.message);
  if (error instanceof BodyTooLarge) return { status: 413, headers: {}, body: error.message };
  if (error instanceof EngineFailed && error.refused) return refusedConnection;
  return undefined;
}
