import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { holdTable, unheldIn } from '#infra/account/restore/hold-table.ts';
import { eventually } from '#test/support/eventually.ts';
import { notExactlyOnce, openLocal, type PlacedOrder, placeMany } from '#test/support/local.ts';
import { replaceRows, rowsOf } from '#test/support/rows.ts';

const SENDERS = ['send-email', 'send-sms'];
/** In the order in which `npm run restore` resumes them: feedback first, senders last. */
const FUNCTIONS = ['record-email-feedback', 'relay-outbox', 'wake-due', ...SENDERS];

/**
 * A restore to an earlier time on the running stage: the rows of that time replace all current rows. AWS creates another
 * table instead. The functions find the same rows in it.
 */
describe('a table that is restored to a time before its e-mails were sent', { timeout: 300_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  let client: DynamoDBClient;
  before(async () => {
    here = await openLocal();
    const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
    client = new DynamoDBClient({
      endpoint: here.cloud.outputs.endpoints.dynamodb,
      region: 'eu-central-1',
      credentials,
    });
  });
  after(async () => {
    client.destroy();
    await here.stop();
  });

  const pause = async (...names: string[]) => {
    for (const name of names) await here.control.pause(name);
  };
  const resume = async (...names: string[]) => {
    for (const name of names) await here.control.resume(name);
  };
  const table = () => ({ client, tableName: here.cloud.outputs.tableName });
  const restored = () => ({ ...table(), dueShards: undefined, restoredAt: new Date().toISOString() });
  const hold = () =>
    holdTable(
      {
        ...restored(),
        rowsPerSecond: 1000,
        outboxGraceSeconds: 1,
      },
      undefined,
      () => undefined,
    );
  const allSent = async (placed: PlacedOrder[]) => {
    for (const { orderId } of placed) await here.acme.settled(orderId);
  };
  /** An event that is applied after a restore is evidence, which makes its notification SENT. */
  const allDelivered = async (placed: PlacedOrder[]) => {
    for (const { orderId } of placed)
      await eventually(`e-mail of ${orderId} delivered`, async () => {
        const shown = await here.acme.notificationsOf(orderId);
        const id = shown.find(({ channel }) => channel === 'email')?.notificationId;
        const { json } = await here.acme.call('GET', `/notifications/${id}`);
        return (json.recipients as { outcome: string }[]).every(({ outcome }) => outcome === 'DELIVERED');
      });
  };

  /** Places orders, takes a snapshot of the table before they are sent, and restores it after they are sent. */
  const sentSinceSnapshot = async (untilReported = allDelivered) => {
    await pause(...SENDERS);
    const announced = await placeMany(here.acme, 2);
    await eventually('requests in both queues', async () => {
      const queues = SENDERS.map((name) => here.cloud.outputs.queues[name]?.url ?? '');
      return (await Promise.all(queues.map(here.depthOf))).every((depth) => depth >= announced.length);
    });
    await pause('relay-outbox', 'wake-due');
    const unpublished = await placeMany(here.acme, 1);
    const placed = [...announced, ...unpublished];
    const snapshot = await rowsOf(table());
    await resume('relay-outbox', 'wake-due', ...SENDERS);
    await allSent(placed);
    assert.deepEqual(await notExactlyOnce(here.inbox, placed), []);
    await untilReported(placed);
    await pause(...FUNCTIONS);
    // All rows are deleted and written again, so that the stream also shows the outbox rows of the snapshot as new.
    await replaceRows(table(), snapshot);
    for (const { orderId } of placed)
      for (const { status } of await here.acme.notificationsOf(orderId)) assert.equal(status, 'PENDING');
    return placed;
  };

  /** Waits until nothing is queued or due: a message that would be sent again has been sent. */
  const untilIdle = async () => {
    await eventually(
      'nothing queued and nothing due',
      async () => {
        const depths = await Promise.all(Object.values(here.cloud.outputs.queues).map(({ url }) => here.depthOf(url)));
        const due = (await rowsOf(table())).filter(({ dueShard }) =>
          /^(outbox|notification|unknown)#/.test(dueShard?.S ?? ''),
        );
        return depths.every((depth) => depth === 0) && due.length === 0;
      },
      60_000,
    );
  };

  it('sends nothing again after hold: every notification is HELD with its reason', async () => {
    const placed = await sentSinceSnapshot();
    assert.deepEqual(await unheldIn(restored()), { notifications: 6, unreadable: 0 });
    const { held, unreadable } = await hold();
    assert.deepEqual([held, unreadable], [6, []]);
    assert.deepEqual(await unheldIn(restored()), { notifications: 0, unreadable: 0 });
    await resume(...FUNCTIONS);
    // A later order has passed through all the steps that the others would have passed through.
    const later = await placeMany(here.acme, 1);
    await allSent(later);
    await untilIdle();
    for (const { orderId } of placed) {
      const shown = await here.acme.notificationsOf(orderId);
      assert.deepEqual(
        shown.map(({ channel, status, reason }) => [channel, status, reason]),
        [
          ['email', 'HELD', 'RESTORED'],
          ['sms', 'HELD', 'RESTORED'],
        ],
      );
    }
    assert.deepEqual(await notExactlyOnce(here.inbox, [...placed, ...later]), []);
  });

  it('applies later events of the provider: notifications with evidence become SENT, the others stay HELD', async () => {
    await here.control.sink({ events: { Send: { withhold: true }, Delivery: { withhold: true } } });
    const placed = await sentSinceSnapshot(allSent);
    await hold();
    await resume(...FUNCTIONS);
    await here.control.sink({});
    for (const { orderId } of placed) {
      const shown = await eventually(`e-mail of ${orderId} SENT`, async () => {
        const notifications = await here.acme.notificationsOf(orderId);
        return notifications.some(({ channel, status }) => channel === 'email' && status === 'SENT') && notifications;
      });
      assert.equal(shown.find(({ channel }) => channel === 'sms')?.status, 'HELD');
    }
    await untilIdle();
    assert.deepEqual(await notExactlyOnce(here.inbox, placed), []);
  });

  it('sends everything again without hold', async () => {
    const placed = await sentSinceSnapshot();
    await resume(...FUNCTIONS);
    await allSent(placed);
    const twice = placed.map(({ orderId }) => `${orderId}: 2 e-mails, 2 texts`);
    assert.deepEqual((await notExactlyOnce(here.inbox, placed)).sort(), twice.sort());
  });
});
