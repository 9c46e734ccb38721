import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DeliveryEvent, recordDeliveryEvent } from '#shared/feedback/recipient-feedback.ts';
import { scrubbed, unscrubbed } from '#shared/feedback/scrubbed-feedback.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { figuresOf } from '#shared/statistics/figures.ts';
import { addressOf, at, event, keyOf, sentNotification, TENANT } from './sent-notification.ts';

describe('the recipients that an event affects', () => {
  it('finds a recipient however the provider writes the address, and only that recipient', async () => {
    const { record, outcomes, suppressed } = await sentNotification(2);
    assert.equal(
      await record({ ...event('BOUNCED', []), affected: { addresses: ['RECIPIENT-1@Example.COM'] } }),
      'recorded',
    );
    assert.deepEqual(
      (await outcomes()).map(({ position }) => position),
      [1],
    );
    const others = { ...event('BOUNCED', []), affected: { addresses: ['another@example.com'] } };
    assert.equal(await record(others), 'unattributed');
    assert.equal(await record(event('BOUNCED', [])), 'known');
    assert.deepEqual(await suppressed(), [1]);
  });

  it('about an unknown address affects the only recipient, who is suppressed after a permanent bounce', async () => {
    const forward = 'forward@example.net';
    const sentTo = [addressOf(0)];
    for (const addresses of [[forward], [], ['', forward], [forward, addressOf(0)]]) {
      const { record, outcomes, suppressed, announced, store } = await sentNotification(1);
      assert.equal(await record({ kind: 'BOUNCED', at: at(5), affected: { addresses, sentTo } }), 'recorded');
      assert.deepEqual(await outcomes(), [{ position: 0, kind: 'BOUNCED', at: at(5) }]);
      assert.deepEqual([await suppressed(), await announced()], [[0], ['counterfoil.notification.bounced.v1']]);
      // Anyone can name an address in a bounce record. So an unknown address is never suppressed.
      assert.deepEqual(await store.suppressionsOf(TENANT, [keyOf(TENANT, 'email', forward)]), []);
    }
  });

  it('about an unknown address affects the only recipient who was not left out', async () => {
    const attempt = {
      nonce: 'n1',
      claimedAt: at(0),
      outcome: 'accepted',
      providerMessageId: 'm1',
      leftOut: [0],
    } as const;
    const { record, outcomes } = await sentNotification(2, { attempts: [attempt] });
    assert.equal(
      await record({ kind: 'BOUNCED', at: at(5), affected: { addresses: ['forward@example.net'] } }),
      'recorded',
    );
    assert.deepEqual(await outcomes(), [{ position: 1, kind: 'BOUNCED', at: at(5) }]);
  });

  it('about an unknown address of several recipients is recorded for the message, announced and counted, and suppresses no one', async () => {
    const { record, outcomes, suppressed, announced, notification, store } = await sentNotification(3);
    const sentTo = [0, 1, 2].map(addressOf);
    const affected = { addresses: [addressOf(1), 'forward@example.net'], sentTo };
    await record(event('DELIVERED', [0, 1, 2], 4));
    assert.equal(await record({ kind: 'BOUNCED', at: at(5), code: 'General', affected }), 'unattributed');
    const events = await outcomes();
    assert.deepEqual(events.slice(3), [
      { position: 1, kind: 'BOUNCED', at: at(5), code: 'General' },
      { kind: 'BOUNCED', at: at(5), code: 'General' },
    ]);
    assert.deepEqual(await suppressed(), [1], 'the one that it names');
    assert.ok((await announced()).includes('counterfoil.notification.bounced.v1'));
    assert.deepEqual(figuresOf(await notification(), events).outcomes, { DELIVERED: 2, BOUNCED: 2 });
    const stranger = await store.suppressionsOf(TENANT, [keyOf(TENANT, 'email', 'forward@example.net')]);
    assert.deepEqual(stranger, []);
  });

  it('suppresses from the event alone if the table has no such notification or attempt', async () => {
    const stranger = 'forward@example.net';
    const missing = [{ notificationId: 'order_other_1-1' }, { attemptNonce: 'forgotten' }];
    for (const [index, more] of missing.entries()) {
      for (const kind of ['COMPLAINED', 'BOUNCED'] as const) {
        const { record, suppressed, store, feedback } = await sentNotification(2);
        const event: DeliveryEvent = {
          kind,
          at: at(5),
          affected: { addresses: [addressOf(1), stranger], sentTo: [0, 1].map(addressOf) },
        };
        const report = index === 0 ? 'no-such-notification' : 'no-such-attempt';
        assert.equal(await record(event, more), report);
        assert.deepEqual(await suppressed(), [1]);
        assert.deepEqual(await store.suppressionsOf(TENANT, [keyOf(TENANT, 'email', stranger)]), []);
        // The scrubbed event of the dead letter has the same effect.
        const again = await sentNotification(2);
        const kept = unscrubbed(await scrubbed(feedback(event, more), async () => keyOf));
        assert.ok(kept?.deliveryEvent);
        assert.equal(await recordDeliveryEvent(kept, kept.deliveryEvent, again.ports), report);
        assert.deepEqual(await again.suppressed(), [1]);
      }
      const { record, suppressed } = await sentNotification(1);
      for (const kind of ['SOFT_BOUNCED', 'REJECTED', 'NOT_SPAM', 'REPORTED', 'DELIVERED'] as const)
        await record(event(kind, [0]), more);
      assert.deepEqual(await suppressed(), [], 'other kinds do not suppress');
    }
  });

  it('suppresses from the event alone if the notification cannot be read', async () => {
    const { ports, feedback, suppressed } = await sentNotification(1);
    const unreadable = { ...ports, notifications: { read: () => Promise.reject(new NewerVersion('from tomorrow')) } };
    const complained = event('COMPLAINED', [0]);
    await assert.rejects(recordDeliveryEvent(feedback(complained), complained, unreadable), NewerVersion);
    assert.deepEqual(await suppressed(), [0]);
  });

  it('about the whole message affects all its recipients; about an unnamed recipient, the only one', async () => {
    const [alone, together] = [await sentNotification(1), await sentNotification(2)];
    const opened: DeliveryEvent = { kind: 'OPENED', at: at(9), affected: 'one' };
    await alone.record(opened);
    await together.record(opened);
    assert.deepEqual(await alone.outcomes(), [{ position: 0, kind: 'OPENED', at: at(9) }]);
    assert.deepEqual(await together.outcomes(), [{ kind: 'OPENED', at: at(9) }]);
    await together.record({ kind: 'REJECTED', at: at(1), affected: 'all' });
    assert.deepEqual(
      (await together.outcomes()).map(({ position }) => position),
      [0, 1, undefined],
    );
    assert.deepEqual([alone.keysRead(), together.keysRead()], [0, 0], 'no address, no key');
  });

  it('is about the only recipient of a notification that kept no keys yet, and suppresses them', async () => {
    const { record, outcomes, store } = await sentNotification(1, { recipients: undefined });
    await record(event('BOUNCED', [0]));
    assert.deepEqual(
      (await outcomes()).map(({ position }) => position),
      [0],
    );
    assert.equal((await store.suppressionsOf(TENANT, [keyOf(TENANT, 'email', addressOf(0))])).length, 1);
  });
});
