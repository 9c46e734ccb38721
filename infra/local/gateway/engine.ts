import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ServiceName } from '../aws/services.ts';
import { codeOf, wholeMessageOf } from '../base/failure.ts';
import { readBody } from '../base/http.ts';
import type { CallCount } from './calls.ts';
import { extractCapacity, isMetered, requestCapacity } from './capacity.ts';
import { endToEndHeaders, type Forwarder } from './forwarder.ts';
import type { Operation } from './operations.ts';

/** The engines behind the gateway, and the connections to them. */
export type Engines = {
  /** Address of the engine behind each service. */
  upstreams: Record<ServiceName, string>;
  /** Address for SNS `Publish` with a phone number, which the engine for topics does not support. */
  smsUpstream: string;
  forwarder: Forwarder;
};

/** One request to a service. Its body is in a buffer if the operation or its permissions depend on it. */
export type Call = {
  service: ServiceName;
  incoming: IncomingMessage;
  response: ServerResponse;
  body: Buffer | IncomingMessage;
};

/** An engine's answer. Its body is streaming or whole. */
export type EngineAnswer = {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer | IncomingMessage;
};
type StreamingAnswer = EngineAnswer & { body: IncomingMessage };

/** Forwards a function's call, and adds the capacity that the call consumed to its count. */
export async function forwardMetered(
  engines: Engines,
  call: Call,
  operation: Operation,
  count: CallCount,
): Promise<EngineAnswer> {
  const isSms = call.service === 'sns' && operation.input.PhoneNumber !== undefined;
  const metered = call.service === 'dynamodb' && isMetered(operation.name) && Buffer.isBuffer(call.body) && call.body;
  if (!metered) return forward(engines, call, isSms, operation.name === 'ReceiveMessage');
  const answer = await forward(engines, { ...call, body: requestCapacity(operation, metered) }, isSms);
  const { body, units } = extractCapacity(operation, answer.status, await readBody(answer.body));
  count.readUnits += units.readUnits;
  count.writeUnits += units.writeUnits;
  // The checksum belongs to the body before the units were removed.
  const { 'x-amz-crc32': _, ...headers } = answer.headers;
  return { ...answer, headers, body };
}

/**
 * Forwards a call to its engine.
 * @param abandonable whether the request ends when the client disconnects. Otherwise a long poll would deliver messages
 *   to a closed connection. Any other call continues, because an engine that has read a request completes it.
 */
export async function forward(
  engines: Engines,
  call: Call,
  isSms: boolean,
  abandonable = false,
): Promise<StreamingAnswer> {
  const { service, incoming, response, body } = call;
  const upstream = new URL(isSms ? engines.smsUpstream : engines.upstreams[service]);
  try {
    const answer = await engines.forwarder.forward(upstream, {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: endToEndHeaders(incoming),
      body: service === 'dynamodbstreams' && Buffer.isBuffer(body) ? withLocalArn(body) : body,
      ...(abandonable && { signal: abortOnDisconnect(response) }),
    });
    return { status: answer.statusCode ?? 502, headers: endToEndHeaders(answer), body: answer };
  } catch (cause) {
    throw new EngineFailed(service, cause);
  }
}

/** DynamoDB Local finds a stream only under its own region and account. dynoxide accepts any. */
function withLocalArn(body: Buffer): Buffer {
  const localArn = '$1ddblocal:000000000000:';
  return Buffer.from(body.toString().replace(/("StreamArn"\s*:\s*"arn:aws:dynamodb:)[^:"]*:\d*:/, localArn));
}

/** Aborts when the client disconnects before it has received the whole answer. */
function abortOnDisconnect(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** The connection to an engine was refused, or it broke before the answer. */
export class EngineFailed extends Error {
  readonly refused: boolean;
  constructor(service: ServiceName, cause: unknown) {
    super(`The engine of ${service} does not answer: ${wholeMessageOf(cause)}`, { cause });
    this.name = 'EngineFailed';
    this.refused = codeOf(cause) === 'ECONNREFUSED';
  }
}

/** Sends an engine's answer to the client. */
export async function sendEngineAnswer(
  { status, headers, body }: EngineAnswer,
  response: ServerResponse,
): Promise<void> {
  if (Buffer.isBuffer(body)) {
    response.writeHead(status, { ...headers, 'content-length': String(body.length) });
    response.end(body);
    return;
  }
  response.writeHead(status, headers);
  await pipeline(body, response);
}
