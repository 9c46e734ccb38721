import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent, SQSBatchResponse } from 'aws-lambda';
import { type Item, toItem } from '#shared/adapters/aws/dynamodb/items.ts';
import type { HttpEvent, HttpResponse } from '#shared/http/event.ts';
import { FUNCTION, type FunctionName, NOTIFICATION_REQUESTED, SORT_KEY } from '#shared/names.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import { orderIdFor } from '#shared/order/order-id.ts';
import { anOrder } from '#test/support/api.ts';
import { documented, sqsBatch } from '#test/support/aws-events.ts';
import { eventually } from '#test/support/eventually.ts';
import { lambdaContext, startHandlers } from '#test/support/handlers.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';

const TENANT = 'acme';
/** A version of a future release. */
const NEWER = { N: '99' };

let here: Awaited<ReturnType<typeof startHandlers>>;
before(async () => {
  here = await startHandlers();
});
after(() => here.stop());

const call = async (name: FunctionName, event: HttpEvent): Promise<HttpResponse> =>
  (await here.load<HttpEvent, HttpResponse>(name))(event, lambdaContext());

const post = (key: string, body: unknown, orderId?: string): Promise<HttpResponse> =>
  call(
    FUNCTION.handleCommand,
    httpEvent({
      routeKey: orderId === undefined ? 'POST /orders' : 'POST /orders/{orderId}/items',
      tenant: TENANT,
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      ...(orderId !== undefined && { pathParameters: { orderId } }),
      body: JSON.stringify(body),
    }),
  );

const get = (orderId: string): Promise<HttpResponse> =>
  call(
    FUNCTION.serveQuery,
    httpEvent({ routeKey: 'GET /orders/{orderId}', tenant: TENANT, pathParameters: { orderId } }),
  );

async function everyRow(): Promise<Item[]> {
  const { Items = [] } = await here.table.client.send(
    new ScanCommand({ TableName: here.table.tableName, ConsistentRead: true }),
  );
  return Items.sort((one, other) => addressOf(one).localeCompare(addressOf(other)));
}
const addressOf = ({ pk, sk }: Item): string => `${pk?.S} ${sk?.S}`;

/** An order with one e-mail to be sent, and its rows. */
async function placed(key: string) {
  const contact = { name: 'Ada', email: `${key}@example.com` };
  assert.equal((await post(key, anOrder({ contact }))).statusCode, 201);
  const orderId = orderIdFor(TENANT, key);
  const notificationId = `order_${orderId}_1-1`;
  const own = async (): Promise<Item[]> =>
    (await everyRow()).filter(({ pk }) => pk?.S === `${TENANT}#order#${orderId}`);
  const row = async (type: string): Promise<Item> => {
    const [found, ...others] = (await own()).filter((item) => item.type?.S === type);
    assert.ok(found && others.length === 0, `one ${type} row of ${key}`);
    return found;
  };
  const outbox = await row('outbox');
  const request = (outbox.messages?.L ?? [])
    .map(({ S = '' }) => S)
    .find((text) => JSON.parse(text).type === NOTIFICATION_REQUESTED);
  assert.ok(request);
  const address = notificationKeyOf({ tenant: TENANT, type: 'order', id: orderId }, notificationId);
  const notification = async () => ((await here.store.read(address)) ?? assert.fail()).state;
  const emails = async () => (await here.inbox.emails()).filter(({ to }) => to.includes(contact.email));
  return { orderId, row, request, notification, emails };
}

/** Says that a newer release wrote the row; `attribute`: of which part. */
async function age(item: Item, attribute = 'schemaVersion', version = NEWER): Promise<void> {
  const { pk, sk } = item as { pk: AttributeValue; sk: AttributeValue };
  await here.table.client.send(
    new UpdateItemCommand({
      TableName: here.table.tableName,
      Key: { pk, sk },
      UpdateExpression: `SET ${attribute} = :version`,
      ExpressionAttributeValues: { ':version': version },
    }),
  );
}

/** No row was written while this happened, and no dead letter recorded; `but` may say what may have moved. */
async function leavingAllAlone<Result>(
  work: () => Promise<Result>,
  but: (item: Item) => Item = (item) => item,
): Promise<Result> {
  const rows = (await everyRow()).map(but);
  const result = await work();
  assert.deepEqual((await everyRow()).map(but), rows);
  return result;
}

/** Everything of a row but its place in the index. */
const exceptDueAt = ({ dueAt: _dueAt, ...item }: Item): Item => item;
const NONE_FAILED: SQSBatchResponse = { batchItemFailures: [] };

describe('what a newer release wrote', () => {
  const assertComeAgain = ({ statusCode, body, headers }: HttpResponse): void => {
    assert.equal(statusCode, 503, body);
    assert.equal(JSON.parse(body).code, 'TEMPORARILY_UNAVAILABLE');
    assert.match(JSON.parse(body).detail, /newer release/);
    assert.ok(headers['retry-after']);
  };

  it('as an order is neither changed by a command nor shown by a query: 503, and again later', async () => {
    const { orderId, row } = await placed('newer-order');
    await age(await row('order'));
    const [line] = anOrder().lines;
    assertComeAgain(await leavingAllAlone(() => post('adding', line, orderId)));
    assertComeAgain(await leavingAllAlone(() => get(orderId)));
    await age(await row('order'), 'schemaVersion', { N: '1' });
    assert.equal((await post('adding', line, orderId)).statusCode, 200);
    assert.equal((await get(orderId)).statusCode, 200);
  });

  it('as an outbox row does not tell a repeated command its answer', async () => {
    const order = anOrder();
    assert.equal((await post('newer-outbox', order)).statusCode, 201);
    const orderId = orderIdFor(TENANT, 'newer-outbox');
    const outbox = (await everyRow()).find(({ pk, sk }) => pk?.S?.endsWith(orderId) && sk?.S?.startsWith('OUTBOX'));
    assert.ok(outbox);
    await age(outbox);
    assertComeAgain(await leavingAllAlone(() => post('newer-outbox', order)));
    const [line] = order.lines;
    await post('newer-adding', line, orderId);
    const adding = (await everyRow()).find(
      ({ pk, sk, outcome }) =>
        pk?.S?.endsWith(orderId) && sk?.S?.startsWith('OUTBOX') && outcome?.M?.version?.N === '2',
    );
    assert.ok(adding);
    await age(adding);
    assertComeAgain(await leavingAllAlone(() => post('newer-adding', line, orderId)));
  });

  it('as a notification is not shown with its order', async () => {
    const { orderId, row } = await placed('newer-in-query');
    await age(await row('notification'));
    assertComeAgain(await leavingAllAlone(() => get(orderId)));
  });

  it('as an outbox row in the stream is not relayed', async () => {
    const { row } = await placed('newer-in-stream');
    await age(await row('outbox'));
    const outbox = await row('outbox');
    const [insert] = documented.dynamoStream().Records;
    const { pk, sk } = outbox;
    const record = { ...insert, dynamodb: { Keys: { pk, sk }, NewImage: outbox } } as DynamoDBRecord;
    const relay = await here.load<DynamoDBStreamEvent, void>(FUNCTION.relayOutbox);
    await leavingAllAlone(() => relay({ Records: [record] }, lambdaContext()));
    assert.deepEqual(await here.published(), []);
  });

  const versions: [what: string, type: string, attribute: string][] = [
    ['notification', 'notification', 'schemaVersion'],
    ['content', 'content', 'schemaVersion'],
    ['rendered message', 'content', 'renderedSchemaVersion'],
  ];
  for (const [what, type, attribute] of versions) {
    it(`as a ${what} is not sent; its row is still due, and sent once it can be read`, async () => {
      const one = await placed(`newer-${what.replace(' ', '-')}`);
      const item = await one.row(type);
      if (attribute === 'renderedSchemaVersion') {
        await here.store.keepRendered(
          notificationKeyOf({ tenant: TENANT, type: 'order', id: one.orderId }, `order_${one.orderId}_1-1`),
          { channel: 'email', subject: 's', text: 't', html: 'h' },
        );
      }
      await age(item, attribute);
      const send = () => here.deliver(FUNCTION.sendEmail, sqsBatch(one.request));
      assert.deepEqual(await leavingAllAlone(send), NONE_FAILED);
      assert.deepEqual(await one.emails(), []);
      assert.ok((await one.row('notification')).dueShard, 'wake-due announces it again');
      await age(item, attribute, { N: '1' });
      await send();
      assert.equal((await one.notification()).status, 'SENT');
      assert.equal((await one.emails()).length, 1);
    });
  }

  it('as a request, or as its envelope, sends nothing; the row is still due', async () => {
    const one = await placed('newer-request');
    const envelope = JSON.parse(one.request);
    const newer = [
      { ...envelope, type: NOTIFICATION_REQUESTED.replace(/\d+$/, '99') },
      { ...envelope, specversion: '2.0', data: 'in whatever form' },
    ];
    const bodies = newer.map((body) => JSON.stringify(body));
    assert.deepEqual(await leavingAllAlone(() => here.deliver(FUNCTION.sendEmail, sqsBatch(...bodies))), NONE_FAILED);
    assert.deepEqual(await one.emails(), []);
    assert.ok((await one.row('notification')).dueShard);
  });

  /** An e-mail that was sent, and SES's event about it. */
  async function sentWithEvent(key: string) {
    const one = await placed(key);
    here.gateway.faults.replace([{ service: 'sesv2', operation: 'SendEmail', fault: 'lose-response', times: 1 }], 1);
    await here.deliver(FUNCTION.sendEmail, sqsBatch(one.request));
    const [email] = await one.emails();
    const tags = Object.fromEntries(Object.entries(email?.tags ?? {}).map(([name, value]) => [name, [value]]));
    const event = documented.ses('send');
    const body = JSON.stringify({ ...event, mail: { ...event.mail, tags } });
    return { ...one, body, feed: () => here.deliver(FUNCTION.recordEmailFeedback, sqsBatch(body)) };
  }

  /** The message is in its queue again, with a delay; it used up no receive. */
  const isReturned = (body: string) =>
    eventually('the message in its queue again', async () =>
      (await here.returned()).some(
        (message) => message.Body === body && message.MessageAttributes?.returns !== undefined,
      ),
    );

  it('as a notification keeps the provider’s evidence in its queue, to come again', async () => {
    const { row, body, feed, notification } = await sentWithEvent('newer-in-feedback');
    await age(await row('notification'));
    assert.deepEqual(await leavingAllAlone(feed), NONE_FAILED);
    await isReturned(body);
    await age(await row('notification'), 'schemaVersion', { N: '1' });
    assert.deepEqual(await feed(), NONE_FAILED);
    assert.equal((await notification()).status, 'SENT');
  });

  it('as the feed keeps the provider’s evidence in its queue, to come again', async () => {
    const { body, feed, notification } = await sentWithEvent('newer-feed');
    const address = { pk: { S: '#feed#email' }, sk: { S: SORT_KEY.state } };
    await here.table.client.send(
      new PutItemCommand({
        TableName: here.table.tableName,
        Item: { ...address, type: { S: 'feed' }, schemaVersion: NEWER, version: { N: '1' }, state: { M: {} } },
      }),
    );
    assert.deepEqual(await feed(), NONE_FAILED);
    await isReturned(body);
    await here.table.client.send(new DeleteItemCommand({ TableName: here.table.tableName, Key: address }));
    assert.deepEqual(await feed(), NONE_FAILED);
    assert.equal((await notification()).status, 'SENT');
  });

  const wakeOnce = async (): Promise<void> => {
    await (await here.load<unknown, unknown>(FUNCTION.wakeDue))({}, lambdaContext());
  };

  it('as a row that is due is put off, and nothing else of it changes', async () => {
    // Whatever else is due by now is done with first.
    await wakeOnce();
    const unclaimed = await placed('newer-unclaimed');
    const unknown = await sentWithEvent('newer-unknown');
    assert.equal((await unknown.notification()).status, 'UNKNOWN');
    const outbox = await placed('newer-unpublished');
    const due = [await outbox.row('outbox'), await unclaimed.row('notification'), await unknown.row('notification')];
    assert.deepEqual(
      due.map(({ dueShard }) => dueShard?.S?.split('#')[0]),
      ['outbox', 'notification', 'unknown'],
    );
    for (const item of due) await age(item);
    const rows = async () => (await everyRow()).filter((item) => due.some((one) => addressOf(one) === addressOf(item)));
    const before = await rows();
    await wakeOnce();
    const after = await rows();
    assert.deepEqual(after.map(exceptDueAt), before.map(exceptDueAt));
    for (const item of after) assert.ok(Number(item.dueAt?.N) > Date.now() + 30_000, addressOf(item));
    assert.deepEqual(await here.deadLetters(), []);
    assert.equal((await unknown.emails()).length, 1);
  });

  it('as a dead letter is neither counted up nor shown', async () => {
    await here.deliver(FUNCTION.sendSms, sqsBatch('no json'));
    const [letter] = (await everyRow()).filter(({ type }) => type?.S === 'deadletter');
    assert.ok(letter);
    await age(letter);
    const again = () => here.deliver(FUNCTION.sendSms, sqsBatch('no json'));
    assert.deepEqual(await leavingAllAlone(again), NONE_FAILED);
    await isReturned('no json');
    const list = httpEvent({ routeKey: 'GET /dead-letters' });
    assertComeAgain(await call(FUNCTION.serveQuery, list));
    await age(letter, 'schemaVersion', { N: '1' });
    assert.deepEqual(await again(), NONE_FAILED);
    assert.equal(
      bodyOf<{ deadLetters: { count: number }[] }>(await call(FUNCTION.serveQuery, list)).deadLetters[0]?.count,
      2,
    );
  });

  it('as a dead letter in the form of earlier releases is moved once to the list of this release', async () => {
    const earlier = { subscriber: 'send-sms', id: 'earlier', reason: 'MALFORMED', detail: 'What is wrong.' };
    const row = {
      ...{ pk: 'deadletter#send-sms', sk: earlier.id, type: 'dead-letter', schemaVersion: 1, count: 3 },
      ...{ reason: earlier.reason, detail: earlier.detail, dueShard: 'dead-letter#1', dueAt: 1000 },
      ...{ firstSeenAt: new Date(1000).toISOString(), lastSeenAt: new Date(5000).toISOString() },
    };
    await here.table.client.send(new PutItemCommand({ TableName: here.table.tableName, Item: toItem(row) }));
    const found = async () =>
      (await here.store.unhandledDeadLetters(1000, 'send-sms', 0)).filter(({ id }) => id === earlier.id);
    const before = await found();
    assert.deepEqual([before.length, before[0]?.count, before[0]?.firstSeenAt], [1, 3, row.firstSeenAt]);
    for (let time = 0; time < 2; time += 1) {
      await wakeOnce();
      assert.deepEqual(await found(), before);
      assert.equal((await here.store.gauge('dead-letter')).count, 0);
    }
  });
});
