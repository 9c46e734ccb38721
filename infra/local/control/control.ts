import { randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import { NothingToPause, stackOf, wholeMessageOf } from '../base/failure.ts';
import { BodyTooLarge, isOurHost, listenLocally, readBody, sendAnswer } from '../base/http.ts';
import { fields, readInput } from '../base/input.ts';
import { readFaultRules } from '../gateway/faults.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { SINK_SETTINGS, type SinkControls } from '../sink/settings.ts';

const NOT_TEXT = 'must be a text that is not empty';
const NOT_WHOLE = 'must be a whole number of seconds';
const NO_DROPPING =
  'DynamoDB Local drops the records of a stream after a day, and not on request; DYNAMODB_ENGINE=dynoxide can.';
const someText = v.pipe(v.string(NOT_TEXT), v.nonEmpty(NOT_TEXT));
const TOKEN_REQUEST = fields({
  tenant: someText,
  scopes: v.optional(v.array(someText, 'must be an array of texts')),
  audience: v.optional(someText),
  subject: v.optional(someText),
  // Zero or less gives a token that has already expired, which tests use.
  expiresInSeconds: v.optional(v.pipe(v.number(NOT_WHOLE), v.integer(NOT_WHOLE))),
});
/** The properties of a requested token. */
export type TokenRequest = v.InferOutput<typeof TOKEN_REQUEST>;

export type ControlOptions = {
  gateway: Gateway;
  /** The invocations of each function and their duration. */
  invocations: { list(): unknown[]; reset(): void };
  /** The states of the alarms, and what they did. */
  alarms(): unknown;
  sinkControls?: SinkControls;
  /** Pauses a function's mapping or schedule. */
  pause(functionName: string): void | Promise<void>;
  resume(functionName: string): void | Promise<void>;
  /** Removes all records from the table's stream, and counts them. Missing if the engine cannot do this on request. */
  dropStreamRecords?: (() => number) | undefined;
  mintToken(request: TokenRequest): Promise<string>;
  /** Closes all connections of pages, as a service does that restarts. Counts them. */
  dropConnections?(): number;
  functionNames: string[];
  log?: (line: string) => void;
};

/**
 * Starts the local cloud's control API: faults, pausing, tokens, counts and the providers' behaviour.
 * The functions do not know that it exists.
 */
export async function startControl(options: ControlOptions): Promise<{ controlUrl: string; close(): Promise<void> }> {
  const server = await listenLocally((incoming, response) => serve(options, incoming, response));
  return { controlUrl: server.url, close: server.close };
}

/** The result of a route: 200 with a body, 204 without. */
type Result = unknown;
type Route = (body: unknown, query: URLSearchParams) => Result | Promise<Result>;

/** A request that is refused, with every fault in it. */
class Refused extends Error {
  readonly status: number;
  readonly errors: string[];
  constructor(status: number, detail: string, errors: string[] = []) {
    super(detail);
    this.name = 'Refused';
    this.status = status;
    this.errors = errors;
  }
}

async function serve(options: ControlOptions, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const result = await answer(options, incoming);
    if (result === undefined) response.writeHead(204).end();
    else sendJson(response, 200, 'application/json', result);
  } catch (error) {
    if (error instanceof BodyTooLarge) return sendProblem(response, new Refused(413, error.message));
    if (error instanceof Refused) return sendProblem(response, error);
    if (error instanceof NothingToPause) return sendProblem(response, new Refused(400, error.message));
    options.log?.(`control: ${stackOf(error)}`);
    sendProblem(response, new Refused(500, wholeMessageOf(error)));
  }
}

async function answer(options: ControlOptions, incoming: IncomingMessage): Promise<Result> {
  if (!isOurHost(incoming)) throw new Refused(403, 'The control API answers to 127.0.0.1 and localhost only.');
  // A page of another origin can post text without a preflight request. Browsers send its origin, scripts do not.
  if (incoming.headers.origin !== undefined)
    throw new Refused(403, 'The control API answers to scripts, not to web pages.');
  const url = new URL(incoming.url ?? '/', 'http://control');
  const routes = routesOf(options);
  const route = routes[`${incoming.method} ${url.pathname}`];
  if (!route) throw new Refused(404, `No ${incoming.method} ${url.pathname} here.`, Object.keys(routes));
  return route(await readJson(incoming), url.searchParams);
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const body = await readBody(incoming);
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw new Refused(400, `The body is not JSON: ${wholeMessageOf(cause)}`);
  }
}

function routesOf({
  gateway,
  invocations,
  alarms,
  sinkControls,
  pause,
  resume,
  dropStreamRecords,
  mintToken,
  dropConnections,
  functionNames,
}: ControlOptions): Record<string, Route> {
  const { faults, calls } = gateway;
  return {
    'PUT /faults': (body, query) => {
      const read = readFaultRules(body, functionNames);
      if ('problems' in read) throw new Refused(400, 'The rules were not changed.', read.problems);
      faults.replace(read.rules, readSeed(query));
      return faults.list();
    },
    'GET /faults': () => faults.list(),
    'DELETE /faults': () => faults.clear(),
    'POST /pause': (body) => pause(readFunction(body, functionNames)),
    'POST /resume': (body) => resume(readFunction(body, functionNames)),
    'DELETE /stream-records': () => {
      if (!dropStreamRecords) throw new Refused(400, NO_DROPPING);
      return { dropped: dropStreamRecords() };
    },
    ...(dropConnections && { 'DELETE /connections': () => ({ closed: dropConnections() }) }),
    'POST /tokens': async (body) => ({
      token: await mintToken(accepted(TOKEN_REQUEST, body, 'No token was created.')),
    }),
    'GET /calls': () => ({ calls: calls.list() }),
    'DELETE /calls': () => calls.reset(),
    'GET /invocations': () => ({ invocations: invocations.list() }),
    'DELETE /invocations': () => invocations.reset(),
    'GET /alarms': () => alarms(),
    'GET /unused-grants': () => ({ unusedGrants: gateway.unusedGrants() }),
    ...(sinkControls && sinkRoutes(sinkControls)),
  };
}

function sinkRoutes(controls: SinkControls): Record<string, Route> {
  return {
    'PUT /sink': (body) => {
      controls.replace(accepted(SINK_SETTINGS, body, 'The settings were not changed.'));
      return controls.settings();
    },
    'GET /sink': () => controls.settings(),
    'DELETE /sink': () => controls.replace({}),
  };
}

/** `?seed=` makes the draws of `probability` repeatable. Without a seed they differ each time. */
function readSeed(query: URLSearchParams): number {
  const seed = query.get('seed');
  if (seed === null) return randomInt(2 ** 32);
  if (!/^\d{1,10}$/.test(seed))
    throw new Refused(400, 'The rules were not changed.', ['seed must be a whole number, 0 to 4294967295']);
  return Number(seed);
}

function readFunction(body: unknown, functionNames: string[]): string {
  const isKnown = ({ input }: { input: unknown }) =>
    `${JSON.stringify(input)} is unknown; valid: ${functionNames.join(', ')}`;
  return accepted(fields({ function: v.picklist(functionNames, isKnown) }), body, 'Nothing was changed.').function;
}

/** What a client sent. @throws Refused with every problem in it. */
function accepted<Schema extends v.GenericSchema>(
  schema: Schema,
  body: unknown,
  refusal: string,
): v.InferOutput<Schema> {
  const read = readInput(schema, body);
  if ('problems' in read) throw new Refused(400, refusal, read.problems);
  return read.value;
}

function sendProblem(response: ServerResponse, { status, message, errors }: Refused): void {
  sendJson(response, status, 'application/problem+json', { status, detail: message, errors });
}

function sendJson(response: ServerResponse, status: number, type: string, value: unknown): void {
  sendAnswer(response, { status, headers: { 'content-type': type }, body: JSON.stringify(value) });
}
