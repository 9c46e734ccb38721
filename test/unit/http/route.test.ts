import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import type { Call } from '#shared/http/command.ts';
import { jsonResponse } from '#shared/http/event.ts';
import { strictObject } from '#shared/http/input/structures.ts';
import { openApiDocument } from '#shared/http/openapi/compose.ts';
import { descriptionRoutes } from '#shared/http/openapi/description-route.ts';
import type { WithQuery } from '#shared/http/query-parameters.ts';
import {
  commandRoute,
  type HttpSettings,
  type PortsOf,
  pathParameter,
  requestRoute,
  routeTable,
  serveRoutes,
  type TenantRequest,
} from '#shared/http/route.ts';
import { TooManyRequests } from '#shared/once/tenant-rate.ts';
import { bodyOf, httpEvent, TENANT_CLAIM } from '#test/support/http-event.ts';
import { countedRandomness, memoryLog } from '#test/support/ports.ts';

/** A second domain with a function of its own, as CONTRIBUTING describes it. */
const accessSchema = strictObject({ bookId: v.string() });
const readerQuery = strictObject({ bookId: v.optional(v.string()) });
const readerSchema = v.object({ count: v.number() });
const readerId = pathParameter('ReaderId', /^r[0-9]+$/);

type Access = v.InferOutput<typeof accessSchema>;
type Accesses = { record: (tenant: string, access: Access) => void };
type Readers = { count: (tenant: string, bookId?: string) => number };

const routes = () => [
  [
    commandRoute({
      path: '/page-accesses',
      scope: 'orders:write',
      operationId: 'recordPageAccess',
      tag: 'Reading',
      summary: 'Record that a page was read',
      body: { schema: accessSchema, maximumBytes: 100, example: { bookId: 'b1' } },
      answer: { status: 201, description: 'Recorded.', schema: readerSchema },
      handle: async ({ tenant, json }: Call<Access>, { record }: Accesses) => {
        record(tenant, json.valid);
        return jsonResponse('{}');
      },
    }),
  ],
  [
    requestRoute({
      method: 'GET',
      path: '/readers/{readerId}',
      scope: 'orders:read',
      operationId: 'getReader',
      tag: 'Reading',
      summary: 'Read what a reader has read',
      parameters: [readerId],
      query: readerQuery,
      answer: { status: 200, description: 'The reader.', schema: readerSchema },
      failures: [404],
      handle: async ({ tenant, query }: TenantRequest & WithQuery<v.InferOutput<typeof readerQuery>>, ports: Readers) =>
        jsonResponse(JSON.stringify({ count: ports.count(tenant, query.bookId) })),
    }),
  ],
  descriptionRoutes('/reading'),
];
type Ports = PortsOf<ReturnType<typeof routes>[number][number]>;
const table = () => routeTable<Ports>(routes());

const schemas = { PageAccess: { schema: accessSchema }, Reader: { schema: readerSchema, description: 'One reader.' } };
const described = { title: 'Reading', description: '', tags: ['Reading'], routes: table(), schemas };

function reading(settings: Partial<HttpSettings> = {}) {
  const recorded: [tenant: string, access: Access][] = [];
  const ports: Ports = {
    record: (...access) => void recorded.push(access),
    count: (tenant, bookId) => recorded.filter(([of, access]) => of === tenant && access.bookId === bookId).length,
    descriptions: async () => ({ openApiText: JSON.stringify(openApiDocument(described)), asyncApiText: '{}' }),
  };
  const serve = serveRoutes(
    table(),
    { ...ports, random: countedRandomness(), log: memoryLog() },
    { tenantClaim: TENANT_CLAIM, ...settings },
  );
  return { serve, recorded };
}

const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-1' };
const recording = { routeKey: 'POST /page-accesses', tenant: 'acme', headers, body: '{"bookId":"b1"}' };

describe('a table of routes', () => {
  it('gives handlers the tenant, the valid body and the valid query', async () => {
    const { serve, recorded } = reading();
    assert.equal((await serve(httpEvent(recording))).statusCode, 201);
    assert.deepEqual(recorded, [['acme', { bookId: 'b1' }]]);
    const reader = httpEvent({ routeKey: 'GET /readers/{readerId}', tenant: 'acme' });
    const answer = await serve({ ...reader, queryStringParameters: { bookId: 'b1' } });
    assert.deepEqual(bodyOf(answer), { count: 1 });
  });

  it('refuses what a route does not accept, before its handler is called', async () => {
    const { serve, recorded } = reading();
    const refused = async (event: Parameters<typeof serve>[0]) => bodyOf(await serve(event)).code;
    const { tenant: _tenant, ...withoutTenant } = recording;
    assert.equal(await refused(httpEvent(withoutTenant)), 'TENANT_INVALID');
    const withoutKey = { 'content-type': 'application/json' };
    assert.equal(await refused(httpEvent({ ...recording, headers: withoutKey })), 'IDEMPOTENCY_KEY_REQUIRED');
    assert.equal(await refused(httpEvent({ ...recording, body: '{}' })), 'VALIDATION_FAILED');
    assert.equal(await refused(httpEvent({ ...recording, body: ' '.repeat(101) })), 'BODY_TOO_LARGE');
    const reader = httpEvent({ routeKey: 'GET /readers/{readerId}', tenant: 'acme' });
    assert.equal(await refused({ ...reader, queryStringParameters: { shelf: '1' } }), 'VALIDATION_FAILED');
    assert.equal(await refused(httpEvent({ ...recording, routeKey: 'POST /orders' })), 'ROUTE_NOT_FOUND');
    assert.deepEqual(recorded, []);
  });

  it('refuses a tenant that sends too much, before anything of the request is read', async () => {
    const rate = {
      count: async (tenant: string) => {
        if (tenant === 'acme') throw new TooManyRequests(8);
      },
    };
    const { serve, recorded } = reading({ tenantRate: rate });
    const refused = await serve(httpEvent({ ...recording, body: 'no json' }));
    assert.deepEqual(
      [refused.statusCode, refused.headers['retry-after'], bodyOf(refused).code],
      [429, '8', 'TOO_MANY_REQUESTS'],
    );
    assert.deepEqual(recorded, []);
    assert.equal((await serve(httpEvent({ ...recording, tenant: 'globex' }))).statusCode, 201);
  });

  it('describes itself without a token', async () => {
    const { serve } = reading();
    const document = bodyOf<{ paths: object; components: { schemas: object; parameters: Record<string, unknown> } }>(
      await serve(httpEvent({ routeKey: 'GET /reading/openapi.json' })),
    );
    assert.deepEqual(Object.keys(document.paths), [
      '/page-accesses',
      '/readers/{readerId}',
      '/reading/openapi.json',
      '/reading/asyncapi.json',
    ]);
    assert.deepEqual(Object.keys(document.components.schemas), [
      ...['PageAccess', 'Reader', 'Problem', 'Fault', 'GatewayMessage'],
    ]);
    const { component: _component, ...parameter } = readerId;
    assert.deepEqual(document.components.parameters.ReaderId, parameter);
  });

  it('is not described with a schema that has no name, or without a parameter of a path', () => {
    const { Reader: _reader, ...unnamed } = schemas;
    assert.throws(() => openApiDocument({ ...described, schemas: unnamed }), /has no name/);
    const undescribed = table().map((route) => ({ ...route, parameters: [] }));
    assert.throws(() => openApiDocument({ ...described, routes: undescribed }), /readerId/);
  });
});
