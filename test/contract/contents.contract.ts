import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { notificationKey } from '#shared/notification/notification-id.ts';
import type { ContentStore, NotificationStore } from '#shared/notification/ports.ts';
import type { OnceStore } from '#shared/once/ports.ts';
import { notificationRows } from '#test/support/requested.ts';

type Store = OnceStore & NotificationStore & ContentStore;

/** What every store of contents must do, in memory and on a real engine alike. */
export function contentContract(name: string, storeOf: () => Store): void {
  let ids = 0;
  /** A message to three recipients, as its command commits it. */
  const committed = async () => {
    ids += 1;
    const store = storeOf();
    const subject = { tenant: 'acme', type: 'message', id: `contents${ids}` };
    const notificationId = `message_contents${ids}_1-1`;
    const content = { recipients: ['a@x.example', 'b@x.example', 'c@x.example'], template: 'direct', message: {} };
    const state = { status: 'PENDING', dueAt: 1 };
    const due = { kind: 'notification', at: 1 } as const;
    await store.commit({
      key: subject,
      expectedVersion: 0,
      next: { schemaVersion: 1, version: 1, state: { status: 'accepted' } },
      outbox: {
        subject,
        commandId: `http#contents${ids}`,
        nonce: 'n',
        fingerprint: 'f',
        outcome: { accepted: true, version: 1, answer: '{}' },
        messages: [],
        createdAt: '2026-01-01T00:00:00.000Z',
      },
      rows: notificationRows(subject, { notificationId, state, content, due }),
    });
    const key = notificationKey('acme', notificationId) ?? assert.fail();
    const recipients = async () => (await store.readWithContent(key))?.content?.recipients;
    return { store, key, recipients };
  };

  describe(`contents: ${name}`, () => {
    it('lose the addresses at some positions, and no others', async () => {
      const { store, key, recipients } = await committed();
      await store.eraseContent(key, [0, 2]);
      await store.eraseContent(key, [0]);
      await store.eraseContent(key, []);
      assert.deepEqual(await recipients(), ['', 'b@x.example', '']);
    });

    it('are gone as a whole, while the notification stays', async () => {
      const { store, key, recipients } = await committed();
      await store.eraseContent(key, 'all');
      await store.eraseContent(key, 'all');
      assert.equal(await recipients(), undefined);
      assert.deepEqual((await store.readWithContent(key))?.stored.version, 1);
    });

    it('are not created again after their deletion: neither an address nor a text that was rendered in between', async () => {
      const { store, key, recipients } = await committed();
      await store.eraseContent(key, 'all');
      await store.eraseContent(key, [1]);
      await assert.rejects(store.keepRendered(key, { channel: 'sms', body: 'Hello', segments: 1 }));
      assert.equal(await recipients(), undefined);
    });
  });
}
