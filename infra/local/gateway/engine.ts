import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { CallCount } from './calls.ts';
import { askForCapacity, isMetered, takeCapacity } from './capacity.ts';
import { endToEndHeaders, type Forwarder, readBody } from './http.ts';
import type { Operation } from './operations.ts';
import type { ServiceName } from './services.ts';

/** The engines behind the gateway, and the connections to them. */
export type Engines = {
  /** Address of the engine behind each service. */
  upstreams: Record<ServiceName, string>;
  /** Where SNS `Publish` with a phone number goes: the engine for topics cannot do it. */
  smsUpstream: string;
  forwarder: Forwarder;
};

/** One request on its way, with its body read where the body says what it asks for. */
export type Call = {
  service: ServiceName;
  incoming: IncomingMessage;
  response: ServerResponse;
  body: Buffer | IncomingMessage;
};

/** An engine's answer, streaming or whole. */
export type EngineAnswer = {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer | IncomingMessage;
};

/** Forwards a function's call and adds the capacity that it used to its count. */
export async function forwardMetered(
  engines: Engines,
  call: Call,
  operation: Operation,
  count: CallCount,
): Promise<EngineAnswer> {
  const toPhone = call.service === 'sns' && operation.input.PhoneNumber !== undefined;
  const metered = call.service === 'dynamodb' && isMetered(operation.name) && Buffer.isBuffer(call.body);
  if (!metered) return forward(engines, call, toPhone, operation.name === 'ReceiveMessage');
  const answer = await forward(engines, { ...call, body: askForCapacity(operation, call.body as Buffer) }, toPhone);
  const { body, units } = takeCapacity(operation, answer.status, await readBody(answer.body as IncomingMessage));
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
export async function forward(
  engines: Engines,
  call: Call,
  toPhone: boolean,
  abandonable = false,
): Promise<EngineAnswer> {
  const { service, incoming, response, body } = call;
  const upstream = new URL(toPhone ? engines.smsUpstream : engines.upstreams[service]);
  try {
    const answer = await engines.forwarder.forward(upstream, {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: endToEndHeaders(incoming),
      body: service === 'dynamodbstreams' && Buffer.isBuffer(body) ? withEnginesArn(body) : body,
      ...(abandonable && { signal: signalWhenGone(response) }),
    });
    return { status: answer.statusCode ?? 502, headers: endToEndHeaders(answer), body: answer };
  } catch (cause) {
    throw new EngineFailed(service, cause as NodeJS.ErrnoException);
  }
}

/** DynamoDB Local finds a stream under the region and account of its own making only; dynoxide under any. */
function withEnginesArn(body: Buffer): Buffer {
  const enginesArn = '$1ddblocal:000000000000:';
  return Buffer.from(body.toString().replace(/("StreamArn"\s*:\s*"arn:aws:dynamodb:)[^:"]*:\d*:/, enginesArn));
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
export class EngineFailed extends Error {
  readonly refused: boolean;
  constructor(service: ServiceName, cause: NodeJS.ErrnoException) {
    super(`The engine of ${service} does not answer: ${cause.message}`, { cause });
    this.name = 'EngineFailed';
    this.refused = cause.code === 'ECONNREFUSED';
  }
}

/** Gives an engine's answer to the client. */
export async function passOn({ status, headers, body }: EngineAnswer, response: ServerResponse): Promise<void> {
  if (Buffer.isBuffer(body)) {
    response.writeHead(status, { ...headers, 'content-length': String(body.length) });
    response.end(body);
    return;
  }
  response.writeHead(status, headers);
  await pipeline(body, response);
}
