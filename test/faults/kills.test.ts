import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Answer, anOrder, customerOf, type ShownNotification } from '#test/support/api.ts';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { type PlacedOrder, usersOf } from '#test/support/local.ts';

const FINISHED = ['SENT', 'FAILED', 'HELD'];
/** Feedback is killed too, and returns later than the short deadlines of this stage. */
const EXCUSES: Record<string, string[]> = { sms: ['POLICY'], email: ['UNKNOWN_AGAIN', 'FEED_BACKLOG', 'FEED_SILENT'] };

describe('an answered request survives every kill', { timeout: 420_000 }, () => {
  const dataDir = temporaryFolder();
  let cloud: LocalCloud;
  after(async () => {
    await cloud.interrupt();
    removeFolder(dataDir);
  });

  /** A client that repeats a request with the same key until it is answered, at the API's current address. */
  const placeUntilAnswered = (order: ReturnType<typeof anOrder>, key: string): Promise<Answer> =>
    eventually(
      `an answer for ${key}`,
      async () => {
        const answer = await customerOf(cloud.outputs).callOnce('POST', '/orders', { key, body: order });
        return answer.status === 201 && answer;
      },
      120_000,
    );

  const placeAll = async (count: number, name: string, onPlaced: (count: number) => void): Promise<PlacedOrder[]> => {
    const placed: PlacedOrder[] = [];
    const queue = Array.from({ length: count }, () => anOrder()).entries();
    const customer = async (): Promise<void> => {
      for (const [index, order] of queue) {
        const answer = await placeUntilAnswered(order, `${name}-${index}`);
        placed.push({ orderId: answer.json.orderId as string, order });
        onPlaced(placed.length);
      }
    };
    await Promise.all(Array.from({ length: 8 }, customer));
    return placed;
  };

  /**
   * Each message arrived exactly once, except for those with an unknowable outcome. Those are HELD with a reason: a text
   * message (SNS reports nothing about accepted messages), or an e-mail whose sender was killed twice, or whose feedback
   * was killed.
   */
  const assertArrived = async (placed: PlacedOrder[]): Promise<void> => {
    const excused = new Set<string>();
    for (const { orderId } of placed) {
      for (const { channel, status, reason } of await untilFinished(orderId)) {
        if (status === 'HELD' && EXCUSES[channel]?.includes(reason ?? '')) excused.add(`${channel} of ${orderId}`);
        else assert.equal(status, 'SENT', `${channel} of ${orderId}, ${reason}`);
      }
    }
    for (const [what, count] of await arrivals(placed)) {
      assert.ok(count === 1 || (count === 0 && excused.has(what)), `${count} × ${what}`);
    }
  };

  /** Counts each message of these orders in the inbox. */
  const arrivals = async (placed: PlacedOrder[]): Promise<[what: string, count: number][]> => {
    const { inbox } = usersOf(cloud);
    const [emails, texts] = [await inbox.emails(), await inbox.sms()];
    return placed.flatMap(({ orderId, order: { contact } }): [string, number][] => [
      [`email of ${orderId}`, emails.filter(({ to }) => to.includes(contact.email)).length],
      [`sms of ${orderId}`, texts.filter(({ to }) => to === contact.phone).length],
    ]);
  };

  const untilFinished = (orderId: string): Promise<ShownNotification[]> =>
    eventually(
      `order ${orderId} finished`,
      async () => {
        const all = await usersOf(cloud).acme.notificationsOf(orderId);
        return all.length === 2 && all.every(({ status }) => FINISHED.includes(status)) && all;
      },
      90_000,
    );

  it('after SIGKILL of the whole cloud during 100 orders, and a new start', async () => {
    cloud = await startLocalCloud(dataDir);
    let killed: Promise<void> | undefined;
    const placed = await placeAll(100, 'killed', (count) => {
      if (count === 40) killed = killAndRestart();
    });
    await killed;
    assert.ok(killed);
    await assertArrived(placed);
  });

  const killAndRestart = async (): Promise<void> => {
    cloud.process.kill('SIGKILL');
    await new Promise((resolve) => cloud.process.once('close', resolve));
    cloud = await startLocalCloud(dataDir);
  };

  it('after SIGKILL of each engine under load', async () => {
    const killEngine = (folder: string): void => {
      const [pid = ''] = readFileSync(join(dataDir, folder, 'engine.pid'), 'utf8')
        .trim()
        .split(/\s/);
      process.kill(Number(pid), 'SIGKILL');
    };
    const placed = await placeAll(60, 'engines', (count) => {
      if (count === 15) killEngine('dynamodb');
      if (count === 35) killEngine('messaging');
    });
    await assertArrived(placed);
  });

  it('after SIGKILL of functions before and after any of their calls', async () => {
    const { control } = usersOf(cloud);
    const kill = (fault: string) => ({ service: '*', operation: '*', fault, probability: 0.03, times: 20 });
    await control.inject(kill('kill-before'), kill('kill-after'));
    const placed = await placeAll(60, 'functions', () => undefined);
    await assertArrived(placed);
    const hits = (await control.faults()).map((rule) => rule.hits);
    assert.ok(
      hits.every((count) => count > 0),
      `hits: ${hits}`,
    );
    await control.heal();
  });
});
