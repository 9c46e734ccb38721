import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import type { HttpEvent, HttpResponse } from '#shared/http/event.ts';
import { ENV, FUNCTION, type FunctionName } from '#shared/names.ts';
import { orderIdFor } from '#shared/order/order-id.ts';
import { anOrder } from '#test/support/api.ts';
import { documented, sqsBatch } from '#test/support/aws-events.ts';
import { lambdaContext, startHandlers } from '#test/support/handlers.ts';
import { randomOf } from '#test/support/harness/random.ts';
import { httpEvent } from '#test/support/http-event.ts';
import { loadNewer } from '#test/support/newer-release.ts';
import { startOwnQueues } from '#test/support/own-queues.ts';
import { subscriptionsOf } from '#test/support/subscriptions.ts';
import { platformTemplate } from '#test/support/template.ts';

const TENANT = 'acme';
type Release = 'older' | 'newer';
const SEED = Number(process.env.SEED ?? 7);

/** Kinds of due rows on whose time the two releases wait for each other. */
const PUT_OFF = ['outbox', 'notification'];
/** It writes nothing and skips what it cannot read, so the releases do not meet in it. No channel is open here. */
const ANNOUNCER: FunctionName = FUNCTION.publishHints;

/**
 * Two releases on one table: this one, and one in which every shape has one more version. Both are driven step by step,
 * as in a canary; then only the older one runs, as after a rollback; then only the newer one.
 */
async function startReleases() {
  const here = await startHandlers();
  const queues = await startOwnQueues();
  process.env.AWS_ENDPOINT_URL_SQS = queues.url;
  const wanting = subscriptionsOf(platformTemplate('dev'));
  const waiting: { name: FunctionName; body: string }[] = [];
  const relayed = new Set<string>();
  const stream: DynamoDBRecord[] = [];
  const seen = { returned: 0, receivesUsed: 0 };

  const load = <Event, Result>(release: Release, name: FunctionName) => {
    // A handler reads the variable when it is loaded.
    process.env[ENV.ownQueue] = `${queues.url}/${name}`;
    return release === 'older' ? here.load<Event, Result>(name) : loadNewer<Event, Result>(name);
  };
  const rows = async (): Promise<Item[]> => {
    const { Items = [] } = await here.table.client.send(
      new ScanCommand({ TableName: here.table.tableName, ConsistentRead: true }),
    );
    return Items;
  };

  /** Puts each outbox row into the stream once, and each published message into the queues that want it. */
  const moveOn = async (): Promise<void> => {
    for (const item of await rows()) {
      const id = `${item.pk?.S} ${item.sk?.S}`;
      if (item.type?.S !== 'outbox' || relayed.has(id)) continue;
      relayed.add(id);
      const [insert] = documented.dynamoStream().Records;
      const { pk, sk } = item;
      stream.push({ ...insert, dynamodb: { Keys: { pk, sk }, NewImage: item } } as DynamoDBRecord);
    }
    for (let bodies = await here.published(); bodies.length > 0; bodies = await here.published())
      for (const body of bodies)
        waiting.push(
          ...wanting(body)
            .filter((name) => name !== ANNOUNCER)
            .map((name) => ({ name, body })),
        );
  };

  return {
    here,
    rows,
    seen,
    waiting,
    stream,
    moveOn,
    call: async (release: Release, name: FunctionName, event: HttpEvent): Promise<HttpResponse> =>
      (await load<HttpEvent, HttpResponse>(release, name))(event, lambdaContext()),
    async deliver(release: Release, { name, body }: { name: FunctionName; body: string }): Promise<void> {
      const handle = await load<SQSEvent, SQSBatchResponse>(release, name);
      const { batchItemFailures } = await handle(sqsBatch(body), lambdaContext(30_000));
      if (batchItemFailures.length > 0) {
        seen.receivesUsed += 1;
        waiting.push({ name, body });
      }
      for (const back of queues.take()) {
        seen.returned += 1;
        waiting.push({ name: back.queueUrl.split('/').at(-1) as FunctionName, body: back.body });
      }
    },
    async relay(release: Release, record: DynamoDBRecord): Promise<void> {
      await (await load<DynamoDBStreamEvent, unknown>(release, FUNCTION.relayOutbox))(
        { Records: [record] },
        lambdaContext(),
      );
    },
    async wake(release: Release): Promise<void> {
      await (await load<unknown, unknown>(release, FUNCTION.wakeDue))({}, lambdaContext());
    },
    /** What was put off is due now. */
    async timePasses(): Promise<void> {
      const due = (await rows()).filter(({ dueShard }) => PUT_OFF.includes(dueShard?.S?.split('#')[0] ?? ''));
      for (const { pk, sk } of due) {
        const Key = { pk: pk ?? assert.fail(), sk: sk ?? assert.fail() };
        await here.table.client.send(
          new UpdateItemCommand({
            TableName: here.table.tableName,
            Key,
            UpdateExpression: 'SET dueAt = :now',
            ExpressionAttributeValues: { ':now': { N: '1' } },
          }),
        );
      }
    },
    async stop(): Promise<void> {
      await here.stop();
      await queues.close();
    },
  };
}

type Releases = Awaited<ReturnType<typeof startReleases>>;

/** A client who wants an order to be placed, changed, confirmed and cancelled, and repeats each request until it is answered. */
function client(key: string, releases: Releases) {
  const email = `${key}@example.com`;
  const orderId = orderIdFor(TENANT, key);
  const order = anOrder({ contact: { name: 'Ada', email } });
  const [line] = order.lines;
  const requests: [routeKey: string, body: unknown][] = [
    ['POST /orders', order],
    ['POST /orders/{orderId}/items', line],
    ['POST /orders/{orderId}/confirm', {}],
    ['POST /orders/{orderId}/cancel', { reason: 'changed-mind' }],
  ];
  const answers: string[] = [];
  const send = (release: Release, at: number): Promise<HttpResponse> => {
    const [routeKey, body] = requests[at] ?? assert.fail();
    return releases.call(
      release,
      FUNCTION.handleCommand,
      httpEvent({
        routeKey,
        tenant: TENANT,
        headers: { 'content-type': 'application/json', 'idempotency-key': at === 0 ? key : `${key}-${at}` },
        ...(at > 0 && { pathParameters: { orderId } }),
        body: JSON.stringify(body),
      }),
    );
  };
  let refused = 0;
  return {
    email,
    orderId,
    isServed: () => answers.length === requests.length,
    refused: () => refused,
    async next(release: Release): Promise<void> {
      const response = await send(release, answers.length);
      const { statusCode, body, headers } = response;
      if (statusCode === 503) {
        assert.equal(JSON.parse(body).code, 'TEMPORARILY_UNAVAILABLE');
        assert.ok(headers['retry-after']);
        refused += 1;
        return;
      }
      assert.ok(statusCode === 200 || statusCode === 201, `${release}: ${statusCode} ${body}`);
      answers.push(body);
    },
    /** Every request once more gets the answer that it got. */
    async repeats(release: Release): Promise<void> {
      for (const [at, answer] of answers.entries()) {
        const { headers, body } = await send(release, at);
        assert.deepEqual([headers['idempotency-replayed'], body], ['true', answer]);
      }
    },
  };
}

type Client = ReturnType<typeof client>;

const refusedIn = (clients: readonly Client[]): number => clients.reduce((sum, one) => sum + one.refused(), 0);

/** Steps of a random kind, each by one of these releases: a request, a record of the stream, a message, or `wake-due`. */
async function run(steps: number, by: readonly Release[], clients: readonly Client[], releases: Releases) {
  const random = randomOf(SEED, `${by} ${steps}`);
  for (let step = 0; step < steps; step += 1) {
    const release = random.pick(by);
    const unserved = clients.filter((one) => !one.isServed());
    const kind = random.pick(['request', 'request', 'record', 'message', 'message', 'wake'] as const);
    if (kind === 'request' && unserved.length > 0) await random.pick(unserved).next(release);
    if (kind === 'record') await relayOne(release, releases);
    if (kind === 'message') await deliverOne(release, random.between(0, 1_000_000), releases);
    if (kind === 'wake') {
      await releases.timePasses();
      await releases.wake(release);
    }
    await releases.moveOn();
  }
}

async function relayOne(release: Release, releases: Releases): Promise<void> {
  const record = releases.stream.shift();
  if (record) await releases.relay(release, record);
}

async function deliverOne(release: Release, draw: number, releases: Releases): Promise<void> {
  const [message] = releases.waiting.splice(draw % Math.max(1, releases.waiting.length), 1);
  if (message) await releases.deliver(release, message);
}

/** One release does everything that there is to do. */
async function finish(release: Release, clients: readonly Client[], releases: Releases): Promise<void> {
  for (const one of clients) while (!one.isServed()) await one.next(release);
  for (let idle = 0; idle < 2; idle += 1) {
    await releases.moveOn();
    while (releases.stream.length > 0) await relayOne(release, releases);
    await releases.timePasses();
    await releases.wake(release);
    await releases.moveOn();
    if (releases.waiting.length > 0) idle = -1;
    while (releases.waiting.length > 0) await deliverOne(release, 0, releases);
  }
}

describe('two releases on one table', () => {
  let releases: Releases;
  before(async () => {
    releases = await startReleases();
  });
  after(() => releases.stop());

  const emailsTo = async ({ email, orderId }: Client): Promise<string[]> =>
    (await releases.here.inbox.emails())
      .filter(({ to }) => to.includes(email))
      .map(({ subject }) => subject.replace(orderId, '…'))
      .sort();
  /** The types and statuses of the rows of an order. */
  const rowsOf = async ({ orderId }: Client): Promise<string[]> =>
    (await releases.rows())
      .filter(({ pk }) => pk?.S === `${TENANT}#order#${orderId}`)
      .map(({ type, state }) => `${type?.S} ${state?.M?.status?.S ?? ''}`)
      .sort();

  it('finish the same work once, whichever handles what, after a rollback, and after the newer one is back', async () => {
    const control = client('control', releases);
    await finish('newer', [control], releases);
    const expected = { emails: await emailsTo(control), rows: await rowsOf(control) };
    assert.equal(expected.emails.length, 2);

    const clients = Array.from({ length: 5 }, (_, index) => client(`order-${index}`, releases));
    // The last two are placed directly before the rollback.
    const late = clients.slice(3);
    await run(40, ['older', 'newer'], clients.slice(0, 3), releases);
    for (const one of late) await one.next('newer');
    await releases.moveOn();
    const sentBefore = (await releases.here.inbox.emails()).length;
    const before = { refused: refusedIn(clients), returned: releases.seen.returned };
    await run(30, ['older'], clients, releases);
    const waited = {
      commands: refusedIn(clients) > before.refused,
      messages: releases.seen.returned > before.returned,
      orders: late.every((one) => !one.isServed()),
    };
    assert.deepEqual(
      waited,
      { commands: true, messages: true, orders: true },
      'The rollback met rows of the newer release.',
    );
    await finish('newer', clients, releases);

    assert.ok((await releases.here.inbox.emails()).length > sentBefore);
    for (const one of clients) {
      assert.deepEqual({ emails: await emailsTo(one), rows: await rowsOf(one) }, expected, one.email);
      await one.repeats('newer');
    }
    assert.equal(releases.seen.receivesUsed, 0, 'A message that waits uses up no receive of its queue.');
    assert.deepEqual(
      (await releases.rows()).filter(({ type }) => type?.S === 'deadletter'),
      [],
    );
    const left = (await releases.rows()).filter(({ dueShard }) => PUT_OFF.includes(dueShard?.S?.split('#')[0] ?? ''));
    assert.deepEqual(left, []);
  });

  it('an order that the older one cannot read is shown by the newer one, and by the older one with 503 and Retry-After', async () => {
    const one = client('shown', releases);
    await finish('newer', [one], releases);
    const shown = (release: Release, routeKey: string) =>
      releases.call(
        release,
        FUNCTION.serveQuery,
        httpEvent({ routeKey, tenant: TENANT, pathParameters: { orderId: one.orderId } }),
      );
    for (const routeKey of [
      'GET /orders/{orderId}',
      'GET /orders/{orderId}/timeline',
      'GET /orders',
      'GET /notifications',
    ]) {
      assert.equal((await shown('newer', routeKey)).statusCode, 200, routeKey);
      const { statusCode, headers, body } = await shown('older', routeKey);
      assert.deepEqual([statusCode, JSON.parse(body).code], [503, 'TEMPORARILY_UNAVAILABLE'], `${routeKey}: ${body}`);
      assert.ok(headers['retry-after'], routeKey);
    }
  });
});
