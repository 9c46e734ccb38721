import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogRange, MessageLogStore } from '#shared/message-log/ports.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import type { NotificationKey, OutcomeStore } from '#shared/notification/ports.ts';
import type { OnceStore } from '#shared/once/ports.ts';
import { keyOfNotification, notificationRows, type TestNotification } from '#test/support/requested.ts';

type Store = OnceStore & OutcomeStore & MessageLogStore;

const NOON = Date.UTC(2026, 0, 1, 12);
const at = (minutes: number): string => new Date(NOON + minutes * 60_000).toISOString();

const CONTENT = { recipients: ['ada@example.com'], locale: 'de', template: 'order-confirmation', data: {} };

/** What every message log must do, in memory and on a real engine alike. */
export function messageLogContract(name: string, storeOf: () => Store): void {
  let count = 0;
  const freshTenant = (): string => {
    count += 1;
    return `log-tenant-${count}`;
  };
  /** A subject that asks for so many notifications at a moment. */
  async function announce(tenant: string, minutes: number, notifications = 1): Promise<NotificationKey[]> {
    count += 1;
    const subject: Subject = { tenant, type: 'order', id: `o${count}` };
    const createdAt = at(minutes);
    const created = Array.from({ length: notifications }, (_, index): TestNotification => {
      const state = { status: 'SENT', channel: 'email', createdAt, attempts: [] };
      const notificationId = `order_${subject.id}_1-${index + 1}`;
      return { notificationId, createdAt, state, content: CONTENT, due: { kind: 'notification', at: NOON } };
    });
    const rows = created.flatMap((notification) => notificationRows(subject, notification));
    const outcome = { accepted: true, version: 1, answer: '{}' };
    const outbox = { subject, commandId: 'http#c', nonce: 'n', fingerprint: 'f', outcome, messages: [], createdAt };
    const next = { schemaVersion: 1, version: 1, state: {} };
    await storeOf().commit({ key: subject, expectedVersion: 0, next, outbox, rows });
    return created.map((notification) => keyOfNotification(subject, notification));
  }
  const listed = async (tenant: string, range: LogRange = {}, limit = 100): Promise<string[]> =>
    (await storeOf().listLog(tenant, range, limit)).entries.map(({ key }) => key.notificationId);
  const idsOf = (keys: readonly NotificationKey[]): string[] => keys.map(({ notificationId }) => notificationId);

  describe(`message log: ${name}`, () => {
    it('lists a tenant’s notifications, newest first, and no other tenant’s', async () => {
      const [tenant, other] = [freshTenant(), freshTenant()];
      const [first, second, third] = [
        await announce(tenant, 1, 2),
        await announce(tenant, 2),
        await announce(tenant, 3),
      ];
      await announce(other, 4);
      assert.deepEqual(await listed(tenant), [...idsOf(third), ...idsOf(second), ...idsOf(first).reverse()]);
      assert.deepEqual(await listed(freshTenant()), []);
    });

    it('lists what was created from a moment on and before another', async () => {
      const tenant = freshTenant();
      const keys = [await announce(tenant, 1), await announce(tenant, 2), await announce(tenant, 3)].flat();
      const [one, two, three] = idsOf(keys);
      assert.deepEqual(await listed(tenant, { from: at(2) }), [three, two]);
      assert.deepEqual(await listed(tenant, { to: at(2) }), [one]);
      assert.deepEqual(await listed(tenant, { from: at(2), to: at(3) }), [two]);
      assert.deepEqual(await listed(tenant, { from: at(4) }), []);
    });

    it('continues after a position within the range, whatever was added in the meantime', async () => {
      const tenant = freshTenant();
      const keys = [await announce(tenant, 1), await announce(tenant, 2), await announce(tenant, 3)].flat();
      const [one, two, three] = idsOf(keys);
      const { entries, isLast } = await storeOf().listLog(tenant, {}, 2);
      assert.deepEqual([entries.map(({ key }) => key.notificationId), isLast], [[three, two], false]);
      const after = entries.at(-1)?.position ?? assert.fail();
      await announce(tenant, 4);
      assert.deepEqual(await listed(tenant, { after }), [one]);
      assert.deepEqual(await listed(tenant, { after, from: at(2) }), []);
      assert.equal((await storeOf().listLog(tenant, { after }, 2)).isLast, true);
    });

    it('reads rows by their keys, without those that are not there', async () => {
      const tenant = freshTenant();
      const [key = assert.fail()] = await announce(tenant, 1);
      const gone = notificationKeyOf(key, `${key.notificationId}0`);
      const event = { position: 0, kind: 'DELIVERED', at: at(2) };
      await storeOf().recordOutcomes(key, [event]);
      const states = await storeOf().readStates([key, gone]);
      assert.deepEqual([...states.keys()], [key.notificationId]);
      assert.partialDeepStrictEqual(states.get(key.notificationId)?.state, { createdAt: at(1) });
      const contents = await storeOf().readContents([key, gone]);
      assert.deepEqual(contents.get(key.notificationId), { content: CONTENT, events: [event] });
      assert.deepEqual(contents.get(gone.notificationId), { events: [] });
    });

    it('reads everything about one, or about a subject', async () => {
      const tenant = freshTenant();
      const [key = assert.fail(), second = assert.fail()] = await announce(tenant, 1, 12);
      const event = { position: 0, kind: 'BOUNCED', at: at(2), code: 'General' };
      await storeOf().recordOutcomes(key, [event]);
      const logged = await storeOf().readLogged(key);
      assert.deepEqual([logged?.key, logged?.content, logged?.events], [key, CONTENT, [event]]);
      assert.deepEqual((await storeOf().readLogged(second))?.events, [], 'order_…_1-1 is no part of order_…_1-10');
      assert.equal(await storeOf().readLogged({ ...key, tenant: freshTenant() }), undefined);
      const all = await storeOf().readLoggedOf({ tenant, type: 'order', id: key.id });
      assert.equal(all.length, 12);
      assert.deepEqual(
        all.find((one) => one.key.notificationId === key.notificationId),
        logged,
      );
      assert.deepEqual(await storeOf().readLoggedOf({ tenant, type: 'order', id: 'none' }), []);
    });
  });
}
