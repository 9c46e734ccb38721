import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKeyPair, SignJWT } from 'jose';
import { type ApiServer, startApiServer } from '#infra/local/http/api.ts';
import { createRouteThrottles, createThrottle } from '#infra/local/http/throttle.ts';
import type { ApiPlan } from '#infra/local/template/plan.ts';
import { exchange } from '#test/support/exchange.ts';

const { publicKey, privateKey } = await generateKeyPair('RS256');
const stranger = await generateKeyPair('RS256');
const authorizer = { issuer: 'https://issuer.example', audience: ['counterfoil'] };
const route = (method: string, path: string, scopes?: string[]): ApiPlan['routes'][number] => ({
  method,
  path,
  routeKey: `${method} ${path}`,
  functionName: 'echo',
  scopes: scopes ?? [],
  ...(scopes ? { authorizer } : {}),
});
const api: ApiPlan = {
  id: 'api',
  routes: [
    route('GET', '/orders/{orderId}'),
    route('GET', '/orders/latest'),
    route('POST', '/orders'),
    route('GET', '/guarded', ['x/read', 'x/other']),
    route('GET', '/any-token', []),
  ],
};

type Event = Record<string, unknown> & {
  requestContext: {
    authorizer?: { jwt: { claims: Record<string, string>; scopes: unknown } };
    http: Record<string, string>;
  };
};

describe('The HTTP API', () => {
  let apiServer: ApiServer;
  let events: Event[] = [];
  /** What the function does next. */
  let respond: (event: Event) => unknown = () => ({ statusCode: 204 });
  const lines: string[] = [];
  before(async () => {
    apiServer = await startApiServer(0);
  });
  after(() => apiServer.close(0));

  const serve = (more: Partial<Pick<ApiPlan, 'throttle' | 'cors'>> & { integrationLimitMs?: number } = {}): void => {
    const { integrationLimitMs, ...settings } = more;
    apiServer.serve({
      api: { ...api, ...settings },
      publicKey,
      log: (line) => lines.push(line),
      invoke: async (_, event) => {
        events.push(event as Event);
        return respond(event as Event);
      },
      ...(integrationLimitMs ? { integrationLimitMs } : {}),
    });
  };
  const call = async (path: string, init: RequestInit = {}) => {
    events = [];
    const response = await fetch(apiServer.url + path, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const token = (claims: Record<string, unknown>, key = privateKey, algorithm = 'RS256') =>
    new SignJWT({
      iss: authorizer.issuer,
      client_id: 'counterfoil',
      scope: 'x/read',
      exp: Date.now() / 1000 + 60,
      ...claims,
    })
      .setProtectedHeader({ alg: algorithm })
      .sign(key);
  const identity = () => events[0]?.requestContext.authorizer?.jwt;
  const guarded = async (authorization?: string, path = '/guarded') =>
    call(path, authorization ? { headers: { authorization } } : {});

  it('is unavailable until a function serves it', async () => {
    assert.deepEqual((await call('/orders/1')).status, 503);
    serve();
    assert.deepEqual((await call('/orders/1')).status, 204);
  });

  describe('for web pages', () => {
    const cors = {
      origins: ['https://console.example'],
      methods: ['GET', 'POST'],
      headers: ['authorization'],
      exposedHeaders: ['etag'],
      maxAgeSeconds: 60,
    };
    const preflight = [
      ['access-control-request-method', 'GET'],
      ['access-control-request-headers', 'authorization'],
    ] as const;
    const corsHeadersOf = ({ headers }: { headers: Headers }) =>
      Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
    const ofOrigin = (origin: string, method = 'GET', path = '/orders/1') => {
      const headers = [['origin', origin] as const, ...(method === 'OPTIONS' ? preflight : [])];
      return exchange(new URL(path, apiServer.url), { method, headers });
    };

    it('answers a preflight request itself, for every path', async () => {
      serve({ cors });
      events = [];
      const answer = await ofOrigin('https://console.example', 'OPTIONS', '/nowhere');
      assert.equal(answer.status, 204);
      assert.deepEqual(corsHeadersOf(answer), {
        'access-control-allow-origin': 'https://console.example',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization',
        'access-control-expose-headers': 'etag',
        'access-control-max-age': '60',
      });
      assert.deepEqual(events, []);
    });

    it('replaces the function’s own CORS headers, and names no origin to others', async () => {
      serve({ cors });
      respond = () => ({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': 'https://elsewhere.example' } });
      const allowed = await ofOrigin('https://console.example');
      assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://console.example');
      assert.deepEqual(corsHeadersOf(await ofOrigin('https://elsewhere.example')), {});
      assert.deepEqual(corsHeadersOf(await ofOrigin('https://elsewhere.example', 'OPTIONS')), {});
    });

    it('permits every page where the stage names *, and none without a configuration', async () => {
      respond = () => ({ statusCode: 204 });
      serve({ cors: { ...cors, origins: ['*'] } });
      const answer = await ofOrigin('https://anywhere.example');
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      serve();
      assert.equal((await ofOrigin('https://anywhere.example', 'OPTIONS')).status, 404);
    });
  });

  it('finds routes by method and decoded segments, a written one first', async () => {
    const routeKey = async (path: string, method = 'GET'): Promise<unknown> => {
      const { status } = await call(path, { method });
      return status === 404 ? 404 : events[0]?.routeKey;
    };
    assert.equal(await routeKey('/orders/latest'), 'GET /orders/latest');
    assert.equal(await routeKey('/orders/other'), 'GET /orders/{orderId}');
    assert.equal(await routeKey('/orders/a%20b'), 'GET /orders/{orderId}');
    assert.deepEqual(events[0]?.pathParameters, { orderId: 'a b' });
    for (const missing of ['/orders/', '/orders/1/', '/orders/a%2Fb', '/orders/%E0%A4%A', '/', '/Orders/1']) {
      assert.equal(await routeKey(missing), 404, missing);
    }
    assert.equal(await routeKey('/orders/1', 'DELETE'), 404);
  });

  it('answers what it refuses with the fixed body', async () => {
    const { status, text, headers } = await call('/nowhere');
    assert.deepEqual([status, text], [404, '{"message":"Not Found"}']);
    assert.equal(headers.get('content-type'), 'application/json');
  });

  it('hands over the request in payload format 2.0', async () => {
    await call('/orders/1?a=1&b=x%20y&a=2', { headers: { 'X-Mixed-Case': 'V', cookie: 'a=1; b=2' } });
    const [event] = events;
    assert.equal(event?.version, '2.0');
    assert.equal(event?.rawPath, '/orders/1');
    assert.equal(event?.rawQueryString, 'a=1&b=x%20y&a=2');
    assert.deepEqual(event?.queryStringParameters, { a: '1,2', b: 'x y' });
    assert.deepEqual(event?.cookies, ['a=1', 'b=2']);
    const headers = event?.headers as Record<string, string>;
    assert.equal(headers['x-mixed-case'], 'V');
    assert.equal(headers.cookie, undefined);
    assert.equal(event?.requestContext.http.method, 'GET');
    assert.equal(event?.requestContext.authorizer, undefined);
    assert.equal('body' in (event ?? {}), false);
  });

  it('passes text on as text, everything else as base64', async () => {
    const bodyFor = async (type: string | undefined) => {
      await call('/orders', {
        method: 'POST',
        body: Buffer.from('{"ä":1}'),
        headers: type ? { 'content-type': type } : {},
      });
      return [events[0]?.body, events[0]?.isBase64Encoded];
    };
    const encoded = [Buffer.from('{"ä":1}').toString('base64'), true];
    assert.deepEqual(await bodyFor('application/json; charset=utf-8'), ['{"ä":1}', false]);
    assert.deepEqual(await bodyFor('application/problem+json'), ['{"ä":1}', false]);
    assert.deepEqual(await bodyFor('text/plain'), ['{"ä":1}', false]);
    assert.deepEqual(await bodyFor('application/x-www-form-urlencoded'), encoded);
    assert.deepEqual(await bodyFor(undefined), encoded);
  });

  it('joins a header that comes twice with a comma, in the order of its lines', async () => {
    events = [];
    const headers = [
      ['Idempotency-Key', 'K'],
      ['idempotency-key', 'K'],
      ['Content-Type', 'application/json'],
      ['content-type', 'text/plain'],
      ['X-Correlation-Id', 'one'],
      ['X-Correlation-Id', 'two'],
    ] as const;
    await exchange(`${apiServer.url}/orders`, { method: 'POST', headers, body: Buffer.from('{}') });
    const received = events[0]?.headers as Record<string, string>;
    assert.equal(received['idempotency-key'], 'K,K');
    assert.equal(received['content-type'], 'application/json,text/plain');
    assert.equal(received['x-correlation-id'], 'one,two');
  });

  it('takes no token that is sent beside another', async () => {
    const authorization = `Bearer ${await token({})}`;
    const headers = [
      ['authorization', authorization],
      ['authorization', authorization],
    ] as const;
    assert.equal(
      (await exchange(`${apiServer.url}/guarded`, { method: 'GET', headers: headers.slice(1) })).status,
      204,
    );
    assert.equal((await exchange(`${apiServer.url}/guarded`, { method: 'GET', headers })).status, 401);
  });

  it('reads a text as UTF-8 and writes U+FFFD for what is none, as an event is JSON', async () => {
    events = [];
    const body = Buffer.from('{"name":"Zo\xeb"}', 'latin1');
    for (const type of ['application/json', 'application/json; charset=iso-8859-1'])
      await exchange(`${apiServer.url}/orders`, { method: 'POST', headers: [['content-type', type]], body });
    for (const event of events) assert.equal(event.body, '{"name":"Zo\uFFFD"}');
    assert.equal(events.length, 2);
  });

  it('answers what the function answers', async () => {
    respond = () => ({
      statusCode: 201,
      headers: { Location: '/orders/1', 'Content-Type': 'application/json' },
      body: '{}',
      cookies: ['a=1'],
    });
    const created = await call('/orders', { method: 'POST' });
    assert.deepEqual([created.status, created.text, created.headers.get('location')], [201, '{}', '/orders/1']);
    assert.equal(created.headers.get('set-cookie'), 'a=1');
    respond = () => ({ statusCode: 200, body: Buffer.from('bytes').toString('base64'), isBase64Encoded: true });
    assert.equal((await call('/orders/1')).text, 'bytes');
    respond = () => ({ plain: 'object' });
    const inferred = await call('/orders/1');
    assert.deepEqual([inferred.status, inferred.text], [200, '{"plain":"object"}']);
  });

  it('turns what is no answer, and a function that fails, into 500', async () => {
    for (const wrong of [{ statusCode: 'x' }, { statusCode: 200, body: { not: 'text' } }, { statusCode: 99 }]) {
      respond = () => wrong;
      assert.equal((await call('/orders/1')).status, 500);
    }
    respond = () => {
      throw new Error('function is broken');
    };
    assert.deepEqual((await call('/orders/1')).text, '{"message":"Internal Server Error"}');
    assert.match(lines.at(-1) ?? '', /GET \/orders\/\{orderId\} .*function is broken/);
    respond = () => ({ statusCode: 204 });
  });

  it('waits no longer for a function than it may', async () => {
    serve({ integrationLimitMs: 20 });
    respond = () => sleep(5000, { statusCode: 200 }, { ref: false });
    const { status, text } = await call('/orders/1');
    assert.deepEqual([status, text], [503, '{"message":"Service Unavailable"}']);
    respond = () => ({ statusCode: 204 });
    serve();
  });

  it('refuses more than 10 MB, and an event over 6 MB', async () => {
    const post = (size: number, type: string) =>
      call('/orders', { method: 'POST', body: Buffer.alloc(size, 'x'), headers: { 'content-type': type } });
    const tooLong = await post(10 * 1024 * 1024 + 1, 'text/plain');
    assert.deepEqual([tooLong.status, tooLong.text], [413, '{"message":"Request Too Long"}']);
    assert.equal((await post(5 * 1024 * 1024, 'application/octet-stream')).status, 413, 'base64 makes it longer');
    assert.equal((await post(5 * 1024 * 1024, 'text/plain')).status, 204);
    assert.equal(events.length, 1);
  });

  it('throttles', async () => {
    serve({ throttle: { ratePerSecond: 0.001, burst: 1 } });
    assert.equal((await call('/orders/1')).status, 204);
    const { status, text } = await call('/orders/1');
    assert.deepEqual([status, text, events.length], [429, '{"message":"Too Many Requests"}', 0]);
    serve();
  });

  it('lets a good token through, and hands over its claims as text', async () => {
    const { status } = await guarded(`Bearer ${await token({ tenant: 'acme', list: ['a', 'b'], number: 7 })}`);
    assert.equal(status, 204);
    const jwt = identity();
    assert.deepEqual(jwt?.scopes, ['x/read']);
    assert.equal(jwt?.claims.tenant, 'acme');
    assert.equal(jwt?.claims.list, '[a b]');
    assert.equal(jwt?.claims.number, '7');
    assert.equal((await guarded(await token({}))).status, 204, 'without the word Bearer');
    await guarded(`Bearer ${await token({})}`, '/any-token');
    assert.equal(identity()?.scopes, null);
  });

  it('answers 401 to every token that is not good', async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const bad: [what: string, authorization: string | undefined][] = [
      ['none', undefined],
      ['nonsense', 'Bearer nonsense'],
      ['expired', `Bearer ${await token({ exp: seconds - 1 })}`],
      ['without end', `Bearer ${await token({ exp: undefined })}`],
      ['not yet valid', `Bearer ${await token({ nbf: seconds + 60 })}`],
      ['of the future', `Bearer ${await token({ iat: seconds + 60 })}`],
      ['of another issuer', `Bearer ${await token({ iss: 'https://other.example' })}`],
      ['for another client', `Bearer ${await token({ client_id: 'other' })}`],
      ['for another audience, whatever its client', `Bearer ${await token({ aud: 'other' })}`],
      ['with another key', `Bearer ${await token({}, stranger.privateKey)}`],
    ];
    for (const [what, authorization] of bad) {
      const { status, text, headers } = await guarded(authorization);
      assert.deepEqual(
        [status, text, headers.get('www-authenticate')],
        [401, '{"message":"Unauthorized"}', 'Bearer'],
        what,
      );
    }
    assert.equal(events.length, 0);
    assert.equal(
      (await guarded(`Bearer ${await token({ aud: ['other', 'counterfoil'], client_id: 'other' })}`)).status,
      204,
    );
  });

  it('answers 403 to a token without any of the scopes', async () => {
    const { status, text } = await guarded(`Bearer ${await token({ scope: 'x/reader y' })}`);
    assert.deepEqual([status, text, events.length], [403, '{"message":"Forbidden"}', 0]);
    assert.equal((await guarded(`Bearer ${await token({ scope: 'y x/other' })}`)).status, 204);
  });
});

describe('A port', () => {
  it('that is taken is reported in one sentence', async () => {
    const apiServer = await startApiServer(0);
    const port = Number(new URL(apiServer.url).port);
    await assert.rejects(startApiServer(port), {
      code: 'CANNOT_RUN',
      message: new RegExp(`^Port ${port} is in use already`),
    });
    await apiServer.close(0);
  });
});

describe('The throttle', () => {
  it('lets a burst through, then the rate', () => {
    const isAllowed = createThrottle({ ratePerSecond: 10, burst: 2 });
    const at = (ms: number): boolean => isAllowed(1_000_000 + ms);
    assert.deepEqual([at(0), at(0), at(0)], [true, true, false]);
    assert.deepEqual([at(50), at(150), at(160)], [false, true, false]);
    assert.deepEqual([at(10_000), at(10_000), at(10_000)], [true, true, false]);
  });

  it('of a route is its own: it neither takes from the others nor gives to them', () => {
    const [limited = assert.fail(), other = assert.fail(), another = assert.fail()] = api.routes;
    const throttle = { ratePerSecond: 1, burst: 2 };
    const routes = [{ ...limited, throttle }, other, another];
    const isAllowed = createRouteThrottles({ id: 'api', routes, throttle: { ratePerSecond: 1, burst: 3 } });
    const at = (route: typeof limited): boolean => isAllowed(route, 1_000_000);
    assert.deepEqual([at(limited), at(limited), at(limited)], [true, true, false]);
    assert.deepEqual([at(other), at(another), at(other), at(another)], [true, true, true, false]);
  });

  it('of no route lets everything through where the stage has none', () => {
    const isAllowed = createRouteThrottles(api);
    assert.ok(Array.from({ length: 100 }, () => isAllowed(api.routes[0] ?? assert.fail(), 0)).every(Boolean));
  });
});
