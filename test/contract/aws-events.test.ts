import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DynamoDBRecord, DynamoDBStreamEvent, StreamRecord } from 'aws-lambda';
import { type Item, outboxItem } from '#shared/adapters/aws/dynamodb/items.ts';
import type { HttpEvent, HttpResponse } from '#shared/http/event.ts';
import { FUNCTION, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import type { DeadLetter } from '#shared/once/dead-letter.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import type { OutboxRecord } from '#shared/once/ports.ts';
import { tracedMessage } from '#shared/once/trace.ts';
import { orderIdFor } from '#shared/order/order-id.ts';
import { anOrder } from '#test/support/api.ts';
import { documented, SES_TYPES, type SesExample, sqsBatch } from '#test/support/aws-events.ts';
import { eventually } from '#test/support/eventually.ts';
import { lambdaContext, startHandlers } from '#test/support/handlers.ts';
import { bodyOf, TENANT_CLAIM } from '#test/support/http-event.ts';

const TENANT = 'acme';
let here: Awaited<ReturnType<typeof startHandlers>>;
before(async () => {
  here = await startHandlers();
});
after(() => here.stop());

const call = async (
  name: typeof FUNCTION.handleCommand | typeof FUNCTION.serveQuery,
  event: HttpEvent,
): Promise<HttpResponse> => (await here.load<HttpEvent, HttpResponse>(name))(event, lambdaContext());

/** The documented request as one to our API: our route, our claim, our body; all else as it is. */
function request(routeKey: string, more: Partial<HttpEvent> = {}): HttpEvent {
  const event = documented.httpApi();
  const jwt = { ...event.requestContext.authorizer?.jwt, claims: { claim1: 'value1', [TENANT_CLAIM]: TENANT } };
  return {
    ...event,
    routeKey,
    requestContext: { ...event.requestContext, routeKey, authorizer: { jwt } },
    ...more,
    headers: { ...event.headers, ...more.headers },
  };
}

const asCommand = (key: string) => ({ 'content-type': 'application/json', 'idempotency-key': key });

async function place(key: string, order: unknown = anOrder()): Promise<{ orderId: string; records: OutboxRecord[] }> {
  const event = request('POST /orders', { headers: asCommand(key), body: JSON.stringify(order) });
  assert.equal((await call(FUNCTION.handleCommand, event)).statusCode, 201);
  const orderId = orderIdFor(TENANT, key);
  const due = await here.store.due(OUTBOX_DUE, Date.now() + 1000, 1000);
  const own = due.filter(({ subject }) => subject.id === orderId);
  const records = await Promise.all(own.map(({ subject, commandId }) => here.store.readOutbox(subject, commandId)));
  return { orderId, records: records.filter((record) => record !== undefined) };
}

/** The message that asks for the order's e-mail. */
const requestIn = (records: OutboxRecord[]): string =>
  records
    .flatMap(({ messages }) => messages)
    .find((text) => JSON.parse(text).type === NOTIFICATION_REQUESTED && JSON.parse(text).data.channel === 'email') ??
  '';

const reasonsOf = async (subscriber: string): Promise<string[]> =>
  (await here.deadLetters()).filter((letter) => letter.subscriber === subscriber).map(({ reason }) => reason);

describe('the documented request of an HTTP API', () => {
  it('is a command where its route, claim and body are ours, whatever else it carries', async () => {
    const order = anOrder();
    const event = request('POST /orders', { headers: asCommand('as text'), body: JSON.stringify(order) });
    const answer = await call(FUNCTION.handleCommand, event);
    assert.equal(answer.statusCode, 201, answer.body);
    assert.deepEqual(bodyOf(answer).lines, order.lines);
  });

  it('is the same command with its body in base64', async () => {
    const body = JSON.stringify(anOrder());
    const headers = asCommand('as bytes');
    const first = await call(FUNCTION.handleCommand, request('POST /orders', { headers, body }));
    const encoded = { body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
    const again = await call(FUNCTION.handleCommand, request('POST /orders', { headers, ...encoded }));
    assert.deepEqual([again.statusCode, again.body], [201, first.body]);
    assert.equal(again.headers['idempotency-replayed'], 'true');
  });

  it('with a header that came twice is refused where the header identifies the command', async () => {
    const body = JSON.stringify(anOrder());
    const twice = { ...asCommand('one,two'), 'x-correlation-id': 'one,two' };
    const answer = await call(FUNCTION.handleCommand, request('POST /orders', { headers: twice, body }));
    assert.deepEqual([answer.statusCode, bodyOf(answer).code], [400, 'IDEMPOTENCY_KEY_INVALID']);
    assert.notEqual(answer.headers['x-correlation-id'], 'one,two', 'no correlation id, so one is made');
    const types = { ...asCommand('types'), 'content-type': 'application/json,application/json' };
    const refused = await call(FUNCTION.handleCommand, request('POST /orders', { headers: types, body }));
    assert.equal(bodyOf(refused).code, 'CONTENT_TYPE_UNSUPPORTED');
  });

  it('is a query with its path parameter', async () => {
    const { orderId } = await place('to be read');
    const answer = await call(
      FUNCTION.serveQuery,
      request('GET /orders/{orderId}', { pathParameters: { orderId }, body: undefined }),
    );
    assert.equal(answer.statusCode, 200);
    assert.equal(bodyOf(answer).orderId, orderId);
  });

  it('as it is, names a route that neither function has', async () => {
    for (const name of [FUNCTION.handleCommand, FUNCTION.serveQuery] as const) {
      const answer = await call(name, documented.httpApi());
      assert.deepEqual([answer.statusCode, bodyOf(answer).code], [404, 'ROUTE_NOT_FOUND']);
    }
  });

  it('without our claim, or without an authorizer, belongs to no tenant', async () => {
    const { authorizer, ...requestContext } = documented.httpApi().requestContext;
    for (const context of [{ ...requestContext, authorizer }, requestContext]) {
      const event = { ...request('POST /orders', { headers: asCommand('without-tenant') }), requestContext: context };
      assert.equal(bodyOf(await call(FUNCTION.handleCommand, event)).code, 'TENANT_INVALID');
    }
  });
});

describe('the documented batch of a DynamoDB stream', () => {
  const relay = async (records: DynamoDBRecord[]): Promise<void> =>
    (await here.load<DynamoDBStreamEvent, void>(FUNCTION.relayOutbox))({ Records: records }, lambdaContext());

  /** Its INSERT, MODIFY and REMOVE, the last one by TTL, about this item. */
  const about = (item: Item): [insert: DynamoDBRecord, modify: DynamoDBRecord, expiry: DynamoDBRecord] => {
    const [insert, modify, remove] = documented.dynamoStream().Records.map((record): DynamoDBRecord => {
      const { NewImage, OldImage, ...rest } = record.dynamodb ?? {};
      const images = { ...(NewImage && { NewImage: item }), ...(OldImage && { OldImage: item }) };
      const { pk = {}, sk = {} } = item;
      // The same values twice: as the client types them, and as Lambda's events do.
      return { ...record, dynamodb: { ...rest, Keys: { pk, sk }, ...images } as unknown as StreamRecord };
    });
    assert.ok(insert && modify && remove);
    return [insert, modify, { ...remove, userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }];
  };

  it('publishes what an INSERT of an outbox row shows, and marks it', async () => {
    const { records } = await place('relayed');
    const [record] = records;
    assert.ok(record);
    await relay([about(outboxItem(record))[0]]);
    const published: string[] = [];
    await eventually('every message at a subscriber', async () => {
      published.push(...(await here.published()));
      return published.length >= record.messages.length;
    });
    assert.deepEqual(published.sort(), record.messages.map((message) => tracedMessage(message).body).sort());
    assert.equal((await here.store.readOutbox(record.subject, record.commandId))?.dueAt, undefined);
  });

  it('publishes nothing for a MODIFY, nor when a row expires', async () => {
    const { records } = await place('changed and gone');
    const [record] = records;
    assert.ok(record);
    const [, modify, expiry] = about(outboxItem(record));
    await relay([modify, expiry]);
    assert.deepEqual(await here.store.readOutbox(record.subject, record.commandId), record, 'neither marked nor moved');
    assert.deepEqual(await here.published(), []);
  });

  it('as it is, is about other rows than ours and leaves nothing behind', async () => {
    await relay(documented.dynamoStream().Records);
    assert.deepEqual(await here.published(), []);
    assert.deepEqual(await reasonsOf(FUNCTION.relayOutbox), []);
  });
});

describe('the documented batch of a queue', () => {
  it('sends what the one message asks for, and sets aside the other with its reason', async () => {
    const order = anOrder();
    const { orderId, records } = await place('by queue', order);
    const { Records } = documented.sqs();
    assert.equal(Records.length, 2);
    const [first, second] = Records;
    assert.ok(first && second);
    const answer = await here.deliver(FUNCTION.sendEmail, {
      Records: [{ ...first, body: requestIn(records) }, second],
    });
    assert.deepEqual(answer, { batchItemFailures: [] });
    const emails = (await here.inbox.emails()).filter(({ to }) => to.includes(order.contact.email));
    assert.equal(emails.length, 1);
    assert.equal(emails[0]?.tags.notification, `order_${orderId}_1-1`);
    assert.deepEqual(await reasonsOf(FUNCTION.sendEmail), ['NOT_JSON']);
  });

  it('in an envelope of SNS, with raw delivery switched off, is set aside by name; what it asks for stays due', async () => {
    const order = anOrder();
    const { orderId, records } = await place('wrapped', order);
    const wrapped = JSON.stringify({ ...documented.snsNotification(), Message: requestIn(records) });
    assert.deepEqual(await here.deliver(FUNCTION.sendEmail, sqsBatch(wrapped)), { batchItemFailures: [] });
    assert.ok((await reasonsOf(FUNCTION.sendEmail)).includes('SNS_ENVELOPE'));
    const key = notificationKeyOf({ tenant: TENANT, type: 'order', id: orderId }, `order_${orderId}_1-1`);
    const stored = await here.store.read(key);
    assert.deepEqual([stored?.version, stored?.due?.kind], [1, 'notification']);
    assert.deepEqual(
      (await here.inbox.emails()).filter(({ to }) => to.includes(order.contact.email)),
      [],
    );
  });
});

describe('SES’s documented events', () => {
  /** An e-mail whose answer got lost: only SES knows that it was accepted. */
  async function lostEmail(key: string, email = `${key}@example.com`) {
    const order = anOrder({ contact: { name: 'Ada', email } });
    const { orderId, records } = await place(key, order);
    here.gateway.faults.replace([{ service: 'sesv2', operation: 'SendEmail', fault: 'lose-response', times: 1 }], 1);
    await here.deliver(FUNCTION.sendEmail, sqsBatch(requestIn(records)));
    const sent = (await here.inbox.emails()).findLast(({ to }) => to.includes(order.contact.email));
    assert.ok(sent);
    const address = notificationKeyOf({ tenant: TENANT, type: 'order', id: orderId }, `order_${orderId}_1-1`);
    const state = async () => ((await here.store.read(address)) ?? assert.fail()).state;
    assert.equal((await state()).status, 'UNKNOWN');
    const outcomes = () => here.store.readOutcomes(address);
    const suppressed = async () =>
      (await here.store.suppressionsOf(TENANT, (await state()).recipients ?? [])).map(({ reason }) => reason);
    return { tags: sent.tags, state, outcomes, suppressed };
  }

  const withTags = (event: SesExample, tags: Record<string, string>): string => {
    const own = Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]]));
    return JSON.stringify({ ...event, mail: { ...event.mail, tags: { ...event.mail.tags, ...own } } });
  };
  const withMail = (event: SesExample, mail: object): SesExample => ({ ...event, mail: { ...event.mail, ...mail } });
  const newLetters = async (deliver: () => Promise<unknown>): Promise<DeadLetter[]> => {
    const before = new Set((await here.deadLetters()).map(({ id }) => id));
    await deliver();
    return (await here.deadLetters()).filter(({ id }) => !before.has(id));
  };

  it('of type Send settles the attempt that its tags name, with SES’s own id and time', async () => {
    const { tags, state } = await lostEmail('evidence');
    const send = documented.ses('send');
    await here.deliver(FUNCTION.recordEmailFeedback, sqsBatch(withTags(send, tags)));
    const notification = await state();
    assert.equal(notification.status, 'SENT');
    const [attempt] = notification.attempts;
    assert.deepEqual([attempt?.providerMessageId, attempt?.settledAt], [send.mail.messageId, send.mail.timestamp]);
  });

  /** What each documented event says of its one recipient, `recipient@example.com`. */
  const OUTCOMES: Record<string, [kind: string, at: string, code?: string]> = {
    bounce: ['BOUNCED', '2017-08-05T00:41:02.669Z', 'General'],
    complaint: ['COMPLAINED', '2017-08-05T00:41:02.669Z'],
    delivery: ['DELIVERED', '2016-10-19T23:21:04.133Z'],
    'delivery-delay': ['DELAYED', '2020-06-16T00:25:40.095Z', 'TransientCommunicationFailure'],
    reject: ['REJECTED', '2016-10-14T17:38:15.211Z'],
    'rendering-failure': ['RENDERING_FAILED', '2018-01-22T18:43:06.197Z'],
    open: ['OPENED', '2017-08-09T22:00:19.652Z'],
    click: ['CLICKED', '2017-08-09T23:51:25.570Z'],
  };
  for (const [type, [kind, at, code]] of Object.entries(OUTCOMES)) {
    it(`of type ${type} is ${kind} of its recipient, and proves that the attempt was accepted`, async () => {
      const { tags, state, outcomes, suppressed } = await lostEmail(type);
      // All of them are about one address; here each is about its own.
      const event = withTags(documented.ses(type), tags).replaceAll('recipient@example.com', `${type}@example.com`);
      const letters = await newLetters(async () => {
        const answer = await here.deliver(FUNCTION.recordEmailFeedback, sqsBatch(event));
        assert.deepEqual(answer, { batchItemFailures: [] });
      });
      assert.deepEqual(letters, []);
      assert.equal((await state()).status, 'SENT');
      assert.deepEqual(await outcomes(), [{ position: 0, kind, at, ...(code !== undefined && { code }) }]);
      const reasons: Record<string, string[]> = { BOUNCED: ['BOUNCE'], COMPLAINED: ['COMPLAINT'] };
      assert.deepEqual(await suppressed(), reasons[kind] ?? []);
    });
  }

  it('are all of these, with Send, and subscriptions, which we have none of', () => {
    assert.deepEqual([...Object.keys(OUTCOMES), 'send', 'subscription'].sort(), [...SES_TYPES].sort());
  });

  it('of type subscription changes nothing, on purpose, and is no dead letter', async () => {
    const { tags, state } = await lostEmail('subscription');
    const before = await state();
    const letters = await newLetters(() =>
      here.deliver(FUNCTION.recordEmailFeedback, sqsBatch(withTags(documented.ses('subscription'), tags))),
    );
    assert.deepEqual(letters, []);
    assert.deepEqual(await state(), before);
  });

  it('about an unknown address affects the only recipient, and suppresses no one else', async () => {
    const { tags, state, outcomes, suppressed } = await lostEmail('of-another', 'another@example.com');
    // The documented bounce names recipient@example.com, as a mailbox that forwards there would have it.
    const event = withMail(documented.ses('bounce'), { destination: ['another@example.com'] });
    await here.deliver(FUNCTION.recordEmailFeedback, sqsBatch(withTags(event, tags)));
    assert.equal((await state()).status, 'SENT');
    assert.deepEqual(await outcomes(), [
      { position: 0, kind: 'BOUNCED', at: '2017-08-05T00:41:02.669Z', code: 'General' },
    ]);
    assert.deepEqual(await suppressed(), ['BOUNCE']);
    const { suppressed: strangers } = await lostEmail('of-the-stranger', 'recipient@example.com');
    assert.deepEqual(await strangers(), []);
  });

  it('about a message that is not in the table suppress first, and are dead letters without addresses after that', async () => {
    const { tags, suppressed } = await lostEmail('restored', 'restored@example.com');
    const gone = { ...tags, notification: 'order_gone_1-1' };
    for (const type of ['complaint', 'bounce']) {
      const event = withTags(withMail(documented.ses(type), { destination: ['restored@example.com'] }), gone);
      const letters = await newLetters(() =>
        here.deliver(
          FUNCTION.recordEmailFeedback,
          sqsBatch(event.replaceAll('recipient@example.com', 'RESTORED@example.com')),
        ),
      );
      assert.deepEqual(
        letters.map(({ reason }) => reason),
        ['NO_SUCH_NOTIFICATION'],
      );
      assert.doesNotMatch(JSON.stringify(letters), /@example/i);
    }
    assert.deepEqual(await suppressed(), ['COMPLAINT'], 'the earliest reason stays');
  });

  it('that wait for the table are returned to their queue, and use up no receive', async () => {
    const { tags, state, outcomes } = await lostEmail('table-away');
    const batch = sqsBatch(withTags(documented.ses('bounce'), tags).replaceAll('recipient@', 'table-away@'));
    const [record = assert.fail()] = batch.Records;
    record.attributes.ApproximateReceiveCount = '30';
    record.attributes.MessageGroupId = TENANT;
    record.attributes.SentTimestamp = String(Date.now());
    here.gateway.faults.replace([{ service: 'dynamodb', operation: 'GetItem', fault: 'throttle' }], 1);
    const letters = await newLetters(async () =>
      assert.deepEqual(await here.deliver(FUNCTION.recordEmailFeedback, batch), { batchItemFailures: [] }),
    );
    here.gateway.faults.replace([], 1);
    assert.deepEqual(letters, []);
    assert.equal((await state()).status, 'UNKNOWN');
    // Delayed by five seconds, the first time.
    const back = await eventually('it in the queue again', async () => (await here.returned())[0], 20_000);
    assert.equal(back.Body, record.body);
    assert.equal(back.Attributes?.MessageGroupId, TENANT);
    assert.equal(back.MessageAttributes?.firstSentAt?.StringValue, record.attributes.SentTimestamp);
    assert.equal(back.MessageAttributes?.returns?.StringValue, '1');
    await here.deliver(FUNCTION.recordEmailFeedback, sqsBatch(back.Body ?? ''));
    assert.deepEqual(
      (await outcomes()).map(({ kind }) => kind),
      ['BOUNCED'],
    );
  });

  it('that nothing can be made of at their last receive are set aside scrubbed, and can be handled from there', async () => {
    const { tags, state, outcomes } = await lostEmail('last-receive');
    const batch = sqsBatch(withTags(documented.ses('bounce'), tags).replaceAll('recipient@', 'last-receive@'));
    const [record = assert.fail()] = batch.Records;
    // It has waited for longer than its queue keeps a message.
    record.attributes.SentTimestamp = String(Date.now() - 5 * 86_400_000);
    here.gateway.faults.replace([{ service: 'dynamodb', operation: 'GetItem', fault: 'throttle' }], 1);
    const [letter = assert.fail(), ...others] = await newLetters(async () =>
      assert.deepEqual(await here.deliver(FUNCTION.recordEmailFeedback, batch), { batchItemFailures: [] }),
    );
    here.gateway.faults.replace([], 1);
    assert.deepEqual(others, []);
    assert.equal(letter.reason, 'WAITED_TOO_LONG');
    assert.doesNotMatch(JSON.stringify(letter), /last-receive@|example\.com/);
    assert.equal((await state()).status, 'UNKNOWN');
    await here.deliver(FUNCTION.recordEmailFeedback, sqsBatch(letter.message ?? ''));
    assert.equal((await state()).status, 'SENT');
    assert.deepEqual(
      (await outcomes()).map(({ kind }) => kind),
      ['BOUNCED'],
    );
  });

  it('greet a new destination in plain text, with nothing to do', async () => {
    const letters = await newLetters(() =>
      here.deliver(FUNCTION.recordEmailFeedback, sqsBatch(documented.sesGreeting(), `${documented.sesGreeting()}\n`)),
    );
    assert.deepEqual(letters, []);
  });

  it('of mail that is not ours, or in an envelope of SNS, become dead letters without their contents, and block nothing', async () => {
    const { tags, state } = await lostEmail('among-others');
    const send = documented.ses('send');
    const foreign = JSON.stringify(send);
    const wrapped = JSON.stringify({ ...documented.snsNotification(), Message: withTags(send, tags) });
    const letters = await newLetters(async () => {
      const batch = sqsBatch(foreign, wrapped, withTags(send, tags));
      assert.deepEqual(await here.deliver(FUNCTION.recordEmailFeedback, batch), { batchItemFailures: [] });
    });
    assert.deepEqual(letters.map(({ reason }) => reason).sort(), ['MALFORMED', 'SNS_ENVELOPE']);
    assert.doesNotMatch(JSON.stringify(letters), /example\.com/);
    assert.equal((await state()).status, 'SENT');
  });
});
