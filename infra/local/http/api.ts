import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CryptoKey } from 'jose';
import { CannotRun, codeOf, messageOf } from '../base/failure.ts';
import { chunksOf } from '../base/http.ts';
import type { Invoke } from '../base/invoke.ts';
import { portOf } from '../base/listening.ts';
import type { ApiPlan } from '../template/plan.ts';
import { type Answer, answerOf, GATEWAY_ANSWERS, sendAnswer } from './answer.ts';
import { type Authorize, createAuthorizer, type Identity } from './authorizer.ts';
import { withCors } from './cors.ts';
import { httpEvent } from './event.ts';
import { createRouter, type Match } from './routes.ts';
import { createRouteThrottles } from './throttle.ts';

type ApiOptions = {
  api: ApiPlan;
  /** Verifies the tokens. */
  publicKey: CryptoKey;
  invoke: Invoke;
  log: (line: string) => void;
  /** @see INTEGRATION_LIMIT_MS */
  integrationLimitMs?: number;
};

/** A server that answers 503 until it serves an API. */
export type ApiServer = Awaited<ReturnType<typeof startApiServer>>;

const MEGABYTE = 1024 * 1024;
/** API Gateway's limit for a body, and Lambda's limit for the event of the request. */
const MAX_BODY_BYTES = 10 * MEGABYTE;
const MAX_EVENT_BYTES = 6 * MEGABYTE;
/** How long an HTTP API waits for a function. */
const INTEGRATION_LIMIT_MS = 30_000;

/**
 * Opens the API's port on 127.0.0.1 (0 for any free port). This is the first step of a start, so that a port that is in
 * use is reported before anything else starts.
 * @throws CannotRun when the port is in use or not permitted.
 */
export async function startApiServer(port: number) {
  let respond: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    sendAnswer(response, GATEWAY_ANSWERS.unavailable, randomUUID());
  // API Gateway keeps an idle connection open for minutes. If the server closed it earlier, a client that is just
  // sending
  // would not know the outcome of its request.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => respond(request, response));
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    serve(options: ApiOptions): void {
      respond = responder(options);
    },
    /** Accepts no more requests and waits up to `graceMs` for the answers to current ones. */
    async close(graceMs: number): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection becomes idle after its answer, and would stay open.
      const sweep = setInterval(() => server.closeIdleConnections(), 20);
      await Promise.race([closed, sleep(graceMs, undefined, { ref: false })]);
      clearInterval(sweep);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Serves the template's HTTP API. */
function responder(options: ApiOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const handle = withCors(options.api.cors, createRequestHandler(options));
  return (request, response) => {
    const requestId = randomUUID();
    handle(request, requestId).then(
      (answer) => sendAnswer(response, answer, requestId),
      (error: unknown) => fail(response, error, requestId, options.log),
    );
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const reason =
        codeOf(cause) === 'EADDRINUSE'
          ? 'is in use already; name another one in PORT (0 for any)'
          : `cannot be used: ${cause.message}`;
      reject(new CannotRun(`Port ${port} ${reason}.`, { cause }));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

function fail(response: ServerResponse, error: unknown, requestId: string, log: (line: string) => void): void {
  // A client that disconnected while it was sending gets no answer. Any other error is a defect of the local cloud.
  if (response.destroyed || codeOf(error) === 'ECONNRESET') return;
  log(`the HTTP API failed: ${messageOf(error)}`);
  sendAnswer(response, GATEWAY_ANSWERS.functionFailed, requestId);
}

type Handle = (request: IncomingMessage, requestId: string) => Promise<Answer>;

/** In API Gateway's order: route, throttle, token, size, function. */
function createRequestHandler({
  api,
  publicKey,
  invoke,
  log,
  integrationLimitMs = INTEGRATION_LIMIT_MS,
}: ApiOptions): Handle {
  const findRoute = createRouter(api.routes);
  const authorize = createAuthorizer(publicKey);
  const isAllowed = createRouteThrottles(api);
  return async (request, requestId) => {
    const at = new Date();
    const [rawPath = '', rawQueryString = ''] = splitOnce(request.url ?? '', '?');
    const path = decodePath(rawPath);
    const match = path === undefined ? undefined : findRoute(request.method ?? '', path);
    const body = await readBody(request);
    if (!match || path === undefined) return GATEWAY_ANSWERS.notFound;
    if (!isAllowed(match.route, at.getTime())) return GATEWAY_ANSWERS.tooManyRequests;
    const access = await admit(match, request, authorize);
    if ('refusal' in access) return access.refusal;
    if (body === undefined) return GATEWAY_ANSWERS.tooLong;
    const event = httpEvent({ request, path, rawQueryString, body, match, ...access, requestId, apiId: api.id, at });
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES) return GATEWAY_ANSWERS.tooLong;
    return integrate(
      () => invoke(match.route.functionName, event),
      integrationLimitMs,
      (problem) => log(`${match.route.routeKey} (${requestId}): ${problem}`),
    );
  };
}

async function admit(
  { route }: Match,
  request: IncomingMessage,
  authorize: Authorize,
): Promise<{ identity?: Identity } | { refusal: Answer }> {
  if (!route.authorizer) return {};
  // Node keeps the first of several headers. API Gateway joins them, and the result is not a valid token.
  const authorization = request.headersDistinct.authorization?.join(',');
  const verdict = await authorize(authorization, route.authorizer, route.scopes);
  if (verdict.allowed) return { identity: verdict.identity };
  return { refusal: verdict.status === 401 ? GATEWAY_ANSWERS.unauthorized : GATEWAY_ANSWERS.forbidden };
}

/** Waits for the function as long as an HTTP API does. After that, the invocation continues without a receiver. */
async function integrate(
  run: () => Promise<unknown>,
  limitMs: number,
  report: (problem: string) => void,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(GATEWAY_ANSWERS.unavailable), limitMs);
  });
  try {
    return await Promise.race([run().then(answerOf), late]);
  } catch (error) {
    report(messageOf(error));
    return GATEWAY_ANSWERS.functionFailed;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @returns undefined when the body is over API Gateway's limit. The rest is read and discarded, so that the client
 * receives the answer.
 */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(request)) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    // A malformed escape sequence: no route has such a path.
    return undefined;
  }
}

function splitOnce(text: string, separator: string): string[] {
  const position = text.indexOf(separator);
  return position < 0 ? [text] : [text.slice(0, position), text.slice(position + 1)];
}
