import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import type { OutcomeStore } from '#shared/notification/ports.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import { checkProperty } from '#test/support/random-runs.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const event = (position: number | undefined, kind: string, seconds: number, code?: string): RecipientEvent => ({
  ...(position !== undefined && { position }),
  kind,
  at: new Date(NOON + seconds * 1000).toISOString(),
  ...(code !== undefined && { code }),
});

/** What a provider may tell of two recipients, each line one of its events. */
const REPORTS: RecipientEvent[][] = [
  [event(0, 'DELAYED', 1, 'MailboxFull'), event(1, 'DELAYED', 1, 'MailboxFull')],
  [event(0, 'DELAYED', 9, 'MailboxFull')],
  [event(0, 'DELIVERED', 10)],
  [event(1, 'SOFT_BOUNCED', 11, 'MailboxFull')],
  [event(1, 'BOUNCED', 12, 'General')],
  [event(0, 'COMPLAINED', 13, 'abuse')],
  [event(0, 'COMPLAINED', 13)],
  [event(0, 'REJECTED', 2, 'Bad'), event(1, 'REJECTED', 2, 'Bad')],
  [event(undefined, 'OPENED', 20)],
];

/** What every store of outcomes must do, in memory and on a real engine alike. */
export function outcomeContract(name: string, storeOf: () => OutcomeStore, runs: number): void {
  let notifications = 0;
  const freshKey = () => {
    notifications += 1;
    const id = `outcomes${notifications}`;
    return notificationKeyOf({ tenant: 'acme', type: 'order', id }, `order_${id}_1-1`);
  };

  describe(`outcomes: ${name}`, () => {
    it('shows what was known before and what is known now', async () => {
      const [store, key] = [storeOf(), freshKey()];
      const [delayed, delivered] = [event(0, 'DELAYED', 1, 'General'), event(0, 'DELIVERED', 2)];
      assert.deepEqual(await store.readOutcomes(key), []);
      assert.deepEqual(await store.recordOutcomes(key, [delayed]), { before: [], after: [delayed] });
      const both = [delayed, delivered];
      assert.deepEqual(await store.recordOutcomes(key, [delivered]), { before: [delayed], after: both });
      assert.deepEqual(await store.recordOutcomes(key, [delayed]), { before: both, after: both });
      assert.deepEqual(await store.recordOutcomes(key, [event(0, 'DELAYED', 5)]), { before: both, after: both });
      assert.deepEqual(await store.readOutcomes(key), both);
    });

    it('adds only what is new in an event about several recipients, some of them repeated', async () => {
      const [store, key] = [storeOf(), freshKey()];
      const events = [0, 1, 2].map((position) => event(position, 'BOUNCED', position, 'General'));
      await store.recordOutcomes(key, events.slice(0, 2));
      const { before, after } = await store.recordOutcomes(key, events);
      assert.deepEqual(before, events.slice(0, 2));
      assert.deepEqual(after, events);
    });

    it('ends in the same row in any order and with any repetitions', async () => {
      const store = storeOf();
      const inOrder = freshKey();
      for (const events of REPORTS) await store.recordOutcomes(inOrder, events);
      const expected = await store.readOutcomes(inOrder);
      assert.equal(expected.length, 9);
      const anyOrder = fc.shuffledSubarray([...REPORTS, ...REPORTS], { minLength: 2 * REPORTS.length });
      await checkProperty(
        `outcomes ${name}`,
        fc.asyncProperty(anyOrder, fc.integer({ min: 1, max: 4 }), async (order, atOnce) => {
          const key = freshKey();
          for (let at = 0; at < order.length; at += atOnce)
            await Promise.all(order.slice(at, at + atOnce).map((report) => store.recordOutcomes(key, report)));
          assert.deepEqual(await store.readOutcomes(key), expected);
        }),
        runs,
      );
    });

    it('takes fifty at once, each of which sees what was there before it', async () => {
      const [store, key] = [storeOf(), freshKey()];
      const events = Array.from({ length: 50 }, (_, position) => event(position, 'DELIVERED', position));
      const recorded = await Promise.all(events.map((event) => store.recordOutcomes(key, [event])));
      const counts = recorded.map(({ before }) => before.length).sort((one, other) => one - other);
      assert.deepEqual(
        counts,
        events.map((_, position) => position),
      );
      assert.deepEqual(await store.readOutcomes(key), events);
    });
  });
}
