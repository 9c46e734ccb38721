import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { type DeadLetterView, deadLetterGroupsSchema } from '#shared/dead-letter/responses.ts';
import { ENV, FUNCTION, NOTIFICATION_REQUESTED, ORDER_PLACED } from '#shared/names.ts';
import { ORDER_MESSAGE } from '#shared/order/announce.ts';
import { type RedriveView, redriveSchema } from '#shared/redrive/responses.ts';
import { customerOf } from '#test/support/api.ts';
import type { FaultRule } from '#test/support/control.ts';
import { failEarly, setVariable } from '#test/support/early-failures.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { eventually } from '#test/support/eventually.ts';
import { openLocalChanged, placeMany } from '#test/support/local.ts';
import { failedWithLostFile } from './lost-file.ts';

/*
 * The first acceptance of the issue about operations, with failures that really happen. A provider that refuses is none of
 * them: it makes no dead letter, because what it refuses is held, deferred or FAILED with an outcome.
 *
 * What is asserted where:
 * - here: the groups, the plan, each member once, the order of the steps, two kills, what came later, and that the redrive is
 *   never faster than it may be. None of it depends on how busy the machine is.
 * - test/unit/redrive/rate.test.ts: the rate, ±20 %, on the times that `run-redrive` computes with the clock that is passed.
 *   A busy machine sends more slowly, so a rate that is measured here would only show how busy it is.
 */

const ORDERS = 56;
/** The messages about an order that is placed with its lines. */
const ABOUT_EACH = [ORDER_PLACED, ORDER_MESSAGE.firstItemAdded];
/**
 * The subscribers that fail, each in another way, and how many of their messages. Each of these needs the call that fails. The
 * customers get no e-mails and texts, whose outcomes would be other messages. So no message is handled, and none fails in
 * another way, however slow the machine is.
 */
const FAILING = { 'project-orders': 2 * ORDERS, 'request-webhooks': 2 * ORDERS, 'run-process': ORDERS };
/**
 * They give up early, because the test waits for it. Their queues do not: whatever happens to a message besides its fault, it
 * comes again. The functions get more time, because a timeout on a busy machine would be a crash.
 */
const GIVE_UP_EARLY = [
  { subscriber: 'project-orders', timeoutSeconds: 30 },
  { subscriber: 'request-webhooks', returnedForSeconds: 20, timeoutSeconds: 30 },
  { subscriber: 'run-process', givesUpAt: 1, timeoutSeconds: 30 },
];
const FAULTS: readonly FaultRule[] = [
  // The function crashes.
  { function: 'project-orders', service: 'dynamodb', operation: 'UpdateItem', fault: 'kill-before' },
  // The table refuses its writes, until its messages have waited for too long.
  { function: 'request-webhooks', service: 'dynamodb', operation: 'TransactWriteItems', fault: 'throttle' },
  // The table refuses its writes, and its queue refuses to take the messages back.
  { function: 'run-process', service: 'dynamodb', operation: 'TransactWriteItems', fault: 'throttle' },
  { function: 'run-process', service: 'sqs', operation: 'SendMessage', fault: 'refuse' },
];
/** A message that is handled later has failed again. Longer than on stage `local`, because a busy machine may take so long. */
const REDRIVE_WAIT_SECONDS = 180;
const POISON = 20;
const LATER = 50;
const RATE = 50;
/** What a redrive may mark at once: a page that took long, the next one, and the one that makes up for it. Each is half a second. */
const AT_ONCE = (3 * RATE) / 2;

describe('a redrive of messages that failed in three ways', { timeout: 900_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocalChanged>>;
  let operator: ReturnType<typeof customerOf>;
  let sqs: SQSClient;
  before(async () => {
    here = await openLocalChanged((resources) => {
      failEarly(resources, GIVE_UP_EARLY);
      setVariable(resources, ENV.redriveWaitSeconds, String(REDRIVE_WAIT_SECONDS));
    });
    operator = customerOf(here.cloud.outputs, here.cloud.outputs.tokens.operator);
    const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
    sqs = new SQSClient({ endpoint: here.cloud.outputs.endpoints.sqs, region: 'eu-central-1', credentials });
  });
  after(async () => {
    sqs.destroy();
    await here.stop();
  });

  const queuesOf = (name: string) => here.cloud.outputs.queues[name] ?? assert.fail(name);
  const intoDeadLetterQueue = (name: string, MessageBody: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl: queuesOf(name).dlqUrl, MessageBody }));
  const attributesOf = async (QueueUrl: string, AttributeNames: QueueAttributeName[]) =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes ?? {};

  /**
   * One crash moves a message to the dead-letter queue, within seconds, until the returned function is called. Then the queue
   * is as on every stage, so that one crash on a busy machine is none of a redriven message.
   */
  const crashesOnce = async (name: string): Promise<() => Promise<unknown>> => {
    const { url: QueueUrl } = queuesOf(name);
    const set = (Attributes: Record<string, string>) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    const usual = await attributesOf(QueueUrl, ['VisibilityTimeout', 'RedrivePolicy']);
    const policy = { ...JSON.parse(usual.RedrivePolicy ?? assert.fail()), maxReceiveCount: 1 };
    await set({ VisibilityTimeout: '5', RedrivePolicy: JSON.stringify(policy) });
    return () => set(usual);
  };

  /** Waits until no message is left in a queue, so that every copy of a message has failed like the others. */
  const untilEmpty = (name: string) =>
    eventually(
      `an empty queue of ${name}`,
      async () => {
        const counts = await attributesOf(queuesOf(name).url, [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ]);
        return Object.values(counts).every((count) => count === '0');
      },
      300_000,
    );

  const call = async (path: string, key: string, body: unknown = {}): Promise<RedriveView> => {
    const { status, json, text } = await operator.call('POST', path, { key, body: body as Record<string, unknown> });
    assert.ok(status === 200 || status === 201, text);
    return v.parse(redriveSchema, json);
  };
  const redriveOf = async (id: string): Promise<RedriveView> =>
    v.parse(redriveSchema, (await operator.call('GET', `/redrives/${id}`)).json);
  const groups = async () =>
    v.parse(deadLetterGroupsSchema, (await operator.call('GET', '/dead-letters/groups')).json).groups;
  /** All pages of a list. @param path with a query. */
  const listed = async <Entry>(customer: typeof operator, path: string, field: string): Promise<Entry[]> => {
    const entries: Entry[] = [];
    for (let cursor = ''; ; ) {
      const { json, text } = await customer.call('GET', `${path}${cursor}`);
      entries.push(...((json[field] ?? assert.fail(text)) as Entry[]));
      if (typeof json.nextCursor !== 'string') return entries;
      cursor = `&cursor=${encodeURIComponent(json.nextCursor)}`;
    }
  };
  const lettersWith = (query: string) => listed<DeadLetterView>(operator, `/dead-letters?${query}`, 'deadLetters');
  /** Starts the function now instead of within a minute. */
  const wake = async (): Promise<void> => {
    await here.control.pause(FUNCTION.runRedrive);
    await here.control.resume(FUNCTION.runRedrive);
  };
  const untilEnded = (redriveId: string): Promise<RedriveView> =>
    eventually(
      'the end of the redrive',
      async () => {
        await wake();
        const redrive = await redriveOf(redriveId);
        const { status, counts } = redrive;
        return (status === 'done' || status === 'stopped') && counts.sent === 0
          ? redrive
          : Promise.reject(new Error(JSON.stringify({ status, counts, steps: redrive.steps })));
      },
      400_000,
    );

  /** Makes the messages of three subscribers fail, and the poison. The faults are still there when all have failed. */
  const failInThreeWays = async () => {
    const endpoints = [{ endpointId: 'billing', url: here.inbox.hook('billing'), eventTypes: ABOUT_EACH }];
    const put = await here.globex.call('PUT', '/settings/webhooks', { key: 'endpoints', body: { endpoints } });
    assert.equal(put.status, 200, put.text);
    const quiet = await here.globex.call('PUT', '/settings', { key: 'quiet', body: { events: { OrderPlaced: [] } } });
    assert.equal(quiet.status, 200, quiet.text);
    for (const name of Object.keys(FAILING)) await here.control.pause(name);
    const asUsual = await crashesOnce('project-orders');
    await placeMany(here.globex, ORDERS);
    await here.control.inject(...FAULTS);
    // Their subscriber does not fail. In a batch of one that crashes, they would crash with it.
    for (let index = 0; index < POISON; index += 1)
      await sqs.send(
        new SendMessageCommand({ QueueUrl: queuesOf('project-statistics').url, MessageBody: `no json ${index}` }),
      );
    for (const name of Object.keys(FAILING)) await here.control.resume(name);
    const expected = [
      ['project-orders', 'CRASHED', 2 * ORDERS],
      ['project-statistics', 'NOT_JSON', POISON],
      ['request-webhooks', 'WAITED_TOO_LONG', 2 * ORDERS],
      ['run-process', 'GIVEN_UP', ORDERS],
    ];
    const counted = async () =>
      (await groups()).map(({ subscriber, reason, count }) => [subscriber, reason, count]).sort();
    await eventually(
      'three groups and one of poison',
      async () => {
        assert.deepEqual(await counted(), expected);
        return true;
      },
      400_000,
    );
    for (const name of Object.keys(FAILING)) await untilEmpty(name);
    assert.deepEqual(await counted(), expected);
    await asUsual();
  };

  it('handles exactly the transient ones, each once, while it is killed and new ones fail', async (t) => {
    await failInThreeWays();
    const { plan, redriveId } = await call('/redrives', 'plan', {
      selection: { from: '2020-01-01T00:00:00Z' },
      ...{ ratePerSecond: RATE, canary: [1, 10, 100], stopAbove: 0.1 },
    });
    assert.deepEqual([plan.members, plan.dropped], [300, [{ reason: 'NO_MESSAGE', count: POISON }]]);
    assert.deepEqual(plan.counts, { handled: 280, alreadyDone: 0, unknown: 0, dropped: POISON });

    const [template = assert.fail()] = await lettersWith('subscriber=project-orders&status=open');
    // The faults are removed. From now on, only the function of redrives is killed.
    const kill = { function: FUNCTION.runRedrive, times: 1 };
    await here.control.inject(
      { ...kill, service: 'sqs', operation: 'SendMessageBatch', fault: 'kill-after', skip: 6 },
      { ...kill, service: 'dynamodb', operation: 'UpdateItem', fault: 'kill-before', skip: 260 },
    );
    const kills = async () => (await here.control.faults()).map(({ hits }) => hits);
    await call(`/redrives/${redriveId}/start`, 'start');
    await wake();
    await eventually('the first kill', async () => (await kills())[0] === 1, 300_000);
    // New failures with the same cause, before the redrive has ended: its function does not start until they are recorded.
    // They are put into the dead-letter queue by hand, because the fault is removed.
    await here.control.pause(FUNCTION.runRedrive);
    for (let index = 0; index < LATER; index += 1)
      await intoDeadLetterQueue(
        'project-orders',
        JSON.stringify({ ...JSON.parse(template.message ?? ''), id: `later-${index}` }),
      );
    const openOrders = () => lettersWith('subscriber=project-orders&reason=CRASHED&status=open');
    const isLater = ({ id }: DeadLetterView) => id.startsWith('later-');
    await eventually('the new failures', async () => (await openOrders()).filter(isLater).length === LATER, 300_000);
    assert.equal((await redriveOf(redriveId)).status, 'running');
    await here.control.resume(FUNCTION.runRedrive);

    const { status, counts, steps } = await untilEnded(redriveId);
    assert.deepEqual(await kills(), [1, 1], 'killed twice');
    assert.deepEqual(
      [status, counts],
      ['done', { waiting: 0, sent: 0, resolved: 280, failedAgain: 0, skipped: POISON, unknown: 0 }],
    );
    // Poison is skipped, so a step takes others in its place.
    assert.deepEqual(
      steps.map((step) => [step.status, step.resolved]),
      [1, 10, 100, 169].map((count) => ['passed', count]),
    );

    // Each once, seen from outside, and what came later is untouched.
    const webhooks = await eventually(
      'a webhook for each message',
      async () => {
        const posted = await here.inbox.webhooks();
        return posted.length >= 2 * ORDERS && posted;
      },
      300_000,
    );
    assert.equal(webhooks.length, 2 * ORDERS);
    assert.equal(new Set(webhooks.map(({ headers }) => headers['webhook-id'])).size, 2 * ORDERS);
    const open = await openOrders();
    assert.deepEqual(
      open.map((letter) => [isLater(letter), letter.generation, letter.history]),
      Array.from({ length: LATER }, () => [true, 1, []]),
    );
    const resolved = (
      await Promise.all(Object.keys(FAILING).map((name) => lettersWith(`subscriber=${name}&status=resolved`)))
    ).flat();
    assert.equal(resolved.length, 280);
    assert.equal((await listed(here.globex, '/orders?limit=50', 'orders')).length, ORDERS);
    const times = sentAt(resolved);
    assertNeverFaster(times);
    t.diagnostic(`280 messages within ${((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000} s`);
    await here.control.heal();
  });

  /** An order whose e-mail is unknown, with a dead letter of its request; and a redrive of it that runs. */
  const redriveOfUnknown = async (fault: string) => {
    await here.control.inject({ function: 'send-email', service: 'sesv2', operation: 'SendEmail', fault, times: 1 });
    const [{ orderId, order } = assert.fail()] = await placeMany(here.acme, 1);
    const email = async () => {
      const notifications = await here.acme.notificationsOf(orderId);
      return notifications.find(({ channel }) => channel === 'email') ?? assert.fail();
    };
    const isNow = (status: string) =>
      eventually(`the e-mail is ${status}`, async () => (await email()).status === status, 90_000);
    await isNow('UNKNOWN');
    const data = { notificationId: (await email()).notificationId, channel: 'email' };
    const id = `request-${orderId}`;
    await intoDeadLetterQueue('send-email', envelopeText({ id, type: NOTIFICATION_REQUESTED, data }));
    const ids = await eventually('its dead letter', async () => {
      const letters = await lettersWith('subscriber=send-email&status=open');
      const own = letters.filter((letter) => letter.id === id);
      return own.length === 1 && own.map(({ deadLetterId }) => deadLetterId);
    });
    const { redriveId, plan } = await call('/redrives', `plan ${orderId}`, { selection: { ids }, canary: [] });
    await call(`/redrives/${redriveId}/start`, `start ${orderId}`);
    const emails = async () => (await here.inbox.emails()).filter(({ to }) => to.includes(order.contact.email)).length;
    return { redriveId, plan, isNow, emails };
  };

  it('sends nothing on a guess: an unknown e-mail is settled first, and is then recognised', async () => {
    const { redriveId, plan, isNow, emails } = await redriveOfUnknown('kill-before');
    assert.deepEqual(plan.counts, { handled: 0, alreadyDone: 0, unknown: 1, dropped: 0 });
    const { status, counts } = await untilEnded(redriveId);
    await isNow('SENT');
    assert.deepEqual([status, counts.resolved, await emails()], ['done', 1, 1]);
  });

  it('sends an e-mail whose file was lost, once, after the file is stored again', async () => {
    const to = 'lost@example.com';
    const { isNow, putBack } = await failedWithLostFile(here, to);
    const selection = { subscriber: 'send-email', reason: 'ATTACHMENT_MISSING' };
    const [letter, ...others] = await eventually('its dead letter', async () => {
      const letters = await lettersWith('subscriber=send-email&reason=ATTACHMENT_MISSING&status=open');
      return letters.length > 0 && letters;
    });
    assert.deepEqual(others, []);
    await putBack();
    const { redriveId, plan } = await call('/redrives', 'plan lost', { selection, canary: [] });
    assert.deepEqual(plan.counts, { handled: 1, alreadyDone: 0, unknown: 0, dropped: 0 });
    await call(`/redrives/${redriveId}/start`, 'start lost');
    const { status, counts } = await untilEnded(redriveId);
    assert.deepEqual([status, counts.resolved], ['done', 1]);
    const { resolutions } = await isNow('SENT');
    assert.partialDeepStrictEqual(resolutions, [{ action: 'resend', by: `redrive:${redriveId}` }]);
    const emails = (await here.inbox.emails()).filter((email) => email.to.includes(to));
    assert.equal(emails.length, 1);
    const resolved = await lettersWith('subscriber=send-email&status=resolved');
    assert.ok(resolved.some(({ deadLetterId }) => deadLetterId === letter?.deadLetterId));
  });

  it('sends nothing if a person has to decide', async () => {
    await here.control.sink({ events: { Send: { withhold: true }, Delivery: { withhold: true } } });
    const { redriveId, plan, isNow, emails } = await redriveOfUnknown('lose-response');
    assert.equal(plan.counts.unknown, 1);
    const { status, counts } = await untilEnded(redriveId);
    await isNow('HELD');
    assert.deepEqual([status, counts.skipped, await emails()], ['done', 1, 1]);
    await here.control.sink({ events: {} });
  });

  /** When each was marked for its last sending, in order. Epoch milliseconds. */
  function sentAt(letters: readonly DeadLetterView[]): number[] {
    return letters
      .flatMap(({ history }) => history.filter(({ action }) => action === 'redrive').slice(-1))
      .map(({ at }) => Date.parse(at))
      .sort((one, other) => one - other);
  }

  /** In any time, no more are marked than the rate allows in it, and what may be marked at once. */
  function assertNeverFaster(times: readonly number[]): void {
    for (const [first, from] of times.entries())
      for (const [index, at] of times.slice(first).entries()) {
        const most = (RATE * (at - from)) / 1000 + AT_ONCE;
        assert.ok(index < most, `${index + 1} messages in ${at - from} ms`);
      }
  }
});
