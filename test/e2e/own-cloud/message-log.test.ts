import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as v from 'valibot';
import {
  type LoggedNotificationView,
  messageLogSchema,
  type NotificationDetailsView,
  notificationDetailsSchema,
} from '#shared/message-log/responses.ts';
import { type StatisticsView, statisticsSchema } from '#shared/statistics/responses.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

/** wake-due counts a minute ten seconds after it was marked, and runs at least once a minute. */
const COUNTED_WITHIN_MS = 120_000;

describe('the message log over HTTP', () => {
  let stage: StageUnderTest;
  let orderId: string;
  before(async () => {
    stage = await openStage();
    const order = stage.anOrder();
    orderId = (await stage.acme.place(order)).json.orderId as string;
    await stage.sentOnce([orderId, order]);
  });
  after(() => stage.stop());

  const list = async (query: string, customer = stage.acme): Promise<LoggedNotificationView[]> => {
    const { status, json } = await customer.call('GET', `/notifications?${query}`);
    assert.equal(status, 200, JSON.stringify(json));
    return v.parse(messageLogSchema, json).notifications;
  };

  it('lists the messages of an order, also by recipient, and for no other tenant', async () => {
    const own = await list(`orderId=${orderId}`);
    assert.deepEqual(own.map(({ channel }) => channel).sort(), stage.channels);
    const [{ recipients: [{ address = '' } = assert.fail()] = [] } = assert.fail()] = own;
    const found = await list(`recipient=${encodeURIComponent(address)}&limit=50`);
    assert.ok(found.some((one) => one.orderId === orderId));
    assert.ok(found.every(({ recipients }) => recipients.some((recipient) => recipient.address === address)));
    assert.deepEqual(await list(`orderId=${orderId}`, stage.globex), []);
  });

  it('continues with cursors, which no other tenant can use', async () => {
    const first = await stage.acme.call('GET', '/notifications?limit=1');
    const { nextCursor = assert.fail(), notifications } = v.parse(messageLogSchema, first.json);
    const [second] = await list(`limit=1&cursor=${nextCursor}`);
    assert.notEqual(second?.notificationId, notifications[0]?.notificationId);
    const refused = await stage.globex.call('GET', `/notifications?limit=1&cursor=${nextCursor}`);
    assert.deepEqual([refused.status, refused.json.code], [400, 'VALIDATION_FAILED']);
  });

  it('shows one message with its size, its times and the duration of each step', async () => {
    const [{ notificationId } = assert.fail()] = await list(`orderId=${orderId}&channel=email`);
    const { status, json } = await stage.acme.call('GET', `/notifications/${notificationId}`);
    assert.equal(status, 200);
    const details: NotificationDetailsView = v.parse(notificationDetailsSchema, json);
    assert.match(details.content?.text ?? '', /Green tea/);
    const kinds = details.timeline.map(({ kind }) => kind);
    for (const kind of ['accepted', 'published', 'claimed', 'sent'] as const) assert.ok(kinds.includes(kind), kind);
    const { acceptedToPublishedMs, publishedToClaimedMs, claimedToSentMs } = details.durations;
    for (const ms of [acceptedToPublishedMs, publishedToClaimedMs, claimedToSentMs]) assert.ok(ms !== undefined);
    assert.equal((await stage.globex.call('GET', `/notifications/${notificationId}`)).status, 404);
  });

  it('counts the messages in the statistics', async () => {
    const [{ createdAt } = assert.fail()] = await list(`orderId=${orderId}`);
    const counted = await eventually(
      'its minute to be counted',
      async (): Promise<StatisticsView | undefined> => {
        const { json } = await stage.acme.call('GET', `/notifications/statistics?from=${createdAt}`);
        const statistics = v.parse(statisticsSchema, json);
        return (statistics.total.statuses.SENT ?? 0) >= stage.channels.length ? statistics : undefined;
      },
      COUNTED_WITHIN_MS,
    );
    assert.ok((counted.total.toSent?.count ?? 0) >= stage.channels.length);
    assert.ok(counted.total.attempts >= (counted.total.statuses.SENT ?? 0));
  });
});
