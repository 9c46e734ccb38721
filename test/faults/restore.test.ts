import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { holdTable, unheldIn } from '#infra/account/restore/hold-table.ts';
import { eventually } from '#test/support/eventually.ts';
import { notExactlyOnce, openLocal, type PlacedOrder, placeMany } from '#test/support/local.ts';
import { replaceRows, rowsOf } from '#test/support/rows.ts';

const SENDERS = ['send-email', 'send-sms'];
/** Feedback first, senders last: as `npm run restore` resumes them. */
const MOVERS = ['record-feedback', 'relay-outbox', 'wake-due', ...SENDERS];

/**
 * A restore to an earlier moment, on the running stage: rows of that moment are put in the place of all
 * others. AWS makes another table of them; what the functions find in it is the same.
 */
describe('a table restored to a moment before its mails were sent', { timeout: 300_000 }, () => {
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
  const restored = () => ({ ...table(), restoredAt: new Date().toISOString() });
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

  /** Orders in three stages of their life, and the table as it was then. Since then, all of them were sent. */
  const sentSinceSnapshot = async () => {
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
    await pause(...MOVERS);
    // All rows go and come anew, so that even the stream shows the outbox rows of the snapshot as new.
    await replaceRows(table(), snapshot);
    for (const { orderId } of placed)
      for (const { status } of await here.acme.notificationsOf(orderId)) assert.equal(status, 'PENDING');
    return placed;
  };

  /** Everything that was waiting has been looked at: whatever would be sent again has been. */
  const quiet = async () => {
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

  it('sends nothing again once it was held: all is HELD, and says why', async () => {
    const placed = await sentSinceSnapshot();
    assert.deepEqual(await unheldIn(restored()), { notifications: 6, unreadable: 0 });
    const { held, unreadable } = await hold();
    assert.deepEqual([held, unreadable], [6, []]);
    assert.deepEqual(await unheldIn(restored()), { notifications: 0, unreadable: 0 });
    await resume(...MOVERS);
    // A later order has passed through everything that the others would have passed through.
    const later = await placeMany(here.acme, 1);
    await allSent(later);
    await quiet();
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

  it('believes the provider’s events that come after it: what they prove is SENT, the rest stays HELD', async () => {
    await here.control.sink({ events: { Send: { withhold: true }, Delivery: { withhold: true } } });
    const placed = await sentSinceSnapshot();
    await hold();
    await resume(...MOVERS);
    await here.control.sink({});
    for (const { orderId } of placed) {
      const shown = await eventually(`e-mail of ${orderId} SENT`, async () => {
        const notifications = await here.acme.notificationsOf(orderId);
        return notifications.some(({ channel, status }) => channel === 'email' && status === 'SENT') && notifications;
      });
      assert.equal(shown.find(({ channel }) => channel === 'sms')?.status, 'HELD');
    }
    await quiet();
    assert.deepEqual(await notExactlyOnce(here.inbox, placed), []);
  });

  it('sends everything again if it was not: this is what holding is for', async () => {
    const placed = await sentSinceSnapshot();
    await resume(...MOVERS);
    await allSent(placed);
    const twice = placed.map(({ orderId }) => `${orderId}: 2 e-mails, 2 texts`);
    assert.deepEqual((await notExactlyOnce(here.inbox, placed)).sort(), twice.sort());
  });
});
