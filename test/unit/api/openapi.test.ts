import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { openApiText } from '#shared/api/document.ts';
import { problemSchema } from '#shared/http/openapi/problem-schemas.ts';
import { STATUS_OF_CODE } from '#shared/http/problem.ts';
import { orderLineSchema, placeOrderSchema } from '#shared/order/requests.ts';
import { orderAnswerSchema } from '#shared/order/responses.ts';
import { DOCUMENTED_ROUTES } from '#test/support/documented-routes.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';

type Json = { [key: string]: Json | undefined };

const served = async (): Promise<Json> => {
  const { queries } = createWorld();
  const response = await queries(httpEvent({ routeKey: 'GET /openapi.json' }));
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'application/json');
  // Its route allows one request a second, so clients are asked to cache it.
  assert.equal(response.headers['cache-control'], 'public, max-age=86400');
  return bodyOf<Json>(response);
};

const resolve = (document: Json, reference: string): Json | undefined => {
  assert.match(reference, /^#\//);
  return reference
    .slice(2)
    .split('/')
    .reduce<Json | undefined>((node, part) => node?.[part], document);
};

function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = '$ref' in node && typeof node.$ref === 'string' ? [node.$ref] : [];
  return [...own, ...Object.values(node).flatMap(references)];
}

function operations(document: Json): [name: string, operation: Json][] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item ?? {}).flatMap(([method, operation]) =>
      method === 'parameters' || !operation ? [] : [[`${method.toUpperCase()} ${path}`, operation] as [string, Json]],
    ),
  );
}

describe('the OpenAPI document', () => {
  it('is public, OpenAPI 3.1, and what the generator makes', async () => {
    const document = await served();
    assert.equal(document.openapi, '3.1.0');
    assert.deepEqual(document, JSON.parse(openApiText));
  });

  it('has no reference that leads nowhere, and no component that nothing refers to', async () => {
    const document = await served();
    const found = new Set(references(document));
    assert.ok(found.size > 20);
    for (const reference of found) assert.ok(resolve(document, reference), reference);
    for (const kind of ['schemas', 'parameters', 'headers', 'responses']) {
      for (const name of Object.keys(document.components?.[kind] ?? {})) {
        assert.ok(found.has(`#/components/${kind}/${name}`), `${kind}/${name} is not used`);
      }
    }
  });

  it('describes exactly the routes there are, each with a name of its own', async () => {
    const described = operations(await served());
    assert.deepEqual(described.map(([name]) => name).sort(), DOCUMENTED_ROUTES.map(({ key }) => key).sort());
    assert.equal(new Set(described.map(([, { operationId }]) => operationId)).size, described.length);
  });

  it('asks for a token wherever one is needed', async () => {
    const security = Object.fromEntries(
      operations(await served()).map(([name, operation]) => [name, operation.security]),
    );
    const expected = DOCUMENTED_ROUTES.map(({ key, scope }) => [key, scope ? [{ token: [scope] }] : []]);
    assert.deepEqual(security, Object.fromEntries(expected));
  });

  /** It changes nothing, so it has no key and is not refused by a state. */
  const PREVIEW = 'POST /settings/preview';

  it('lists every status that a command can be answered with', async () => {
    const ofSome = [404, 412];
    const statuses = [...Object.values(STATUS_OF_CODE), 401, 409, 429].filter((status) => !ofSome.includes(status));
    const commands = operations(await served()).filter(([name]) => /^(POST|PUT) /.test(name) && name !== PREVIEW);
    assert.ok(commands.length >= 5);
    for (const [name, { responses }] of commands) {
      for (const status of statuses) assert.ok(responses?.[status], `${name} ${status}`);
    }
  });

  it('describes If-Match and 412 for the commands on an existing order and on settings, and the ETag of every answer with a version', async () => {
    const all = operations(await served());
    const having = (part: string) =>
      all.filter(([, operation]) => references(operation).some((one) => one.endsWith(part))).map(([name]) => name);
    const conditional = DOCUMENTED_ROUTES.map(({ key }) => key).filter((key) =>
      /^(POST \/(orders\/|settings\/webhooks\/.*\/rotate$)|PUT )/.test(key),
    );
    assert.ok(conditional.length >= 5);
    assert.deepEqual(having('/parameters/IfMatch').sort(), conditional.sort());
    assert.deepEqual(having('/responses/PreconditionFailed').sort(), conditional.sort());
    const created = ['POST /customers', 'POST /orders'];
    const read = ['GET /customers/{customerId}', 'GET /orders/{orderId}', 'GET /settings', 'GET /settings/webhooks'];
    assert.deepEqual(having('/headers/ETag').sort(), [...conditional, ...created, ...read].sort());
  });

  it('shows the correlation id on every answer that can only be ours', async () => {
    const document = await served();
    const responses = operations(document).flatMap(([, operation]) => Object.values(operation.responses ?? {}));
    const resolved = responses.map((response) =>
      response?.$ref ? resolve(document, String(response.$ref)) : response,
    );
    const ours = resolved.filter(
      (response) => !references(response?.content).includes('#/components/schemas/GatewayMessage'),
    );
    assert.ok(ours.length > 15);
    for (const response of ours) assert.ok(response?.headers?.['X-Correlation-Id'], JSON.stringify(response));
  });

  it('gives examples that are accepted, and describes the answers there are', async () => {
    const document = await served();
    const example = (path: string) =>
      document.paths?.[path]?.post?.requestBody?.content?.['application/json']?.example as unknown;
    assert.ok(v.is(placeOrderSchema, example('/orders')));
    assert.ok(v.is(orderLineSchema, example('/orders/{orderId}/items')));
    const { commands } = createWorld();
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-1' };
    const placing = (value: unknown) =>
      httpEvent({ routeKey: 'POST /orders', tenant: 'acme', headers, body: JSON.stringify(value) });
    const answer = bodyOf(await commands(placing(example('/orders'))));
    assert.deepEqual(v.parse(orderAnswerSchema, answer), answer);
    const problem = bodyOf(await commands(placing({})));
    assert.deepEqual(v.parse(problemSchema, problem), problem);
  });
});
