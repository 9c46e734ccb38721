import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Notification } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import { markForCount, rememberedMarks } from '#shared/statistics/projection.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { at, messageAbout, sent, statisticsWorld } from '#test/support/statistics-world.ts';

/** What happens to notifications and to the messages about them. */
const STEPS = ['create', 'change', 'report', 'deliver', 'deliver again', 'count'] as const;
type Step = { what: (typeof STEPS)[number]; which: number; seconds: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ what: fc.constantFrom(...STEPS), which: fc.nat(), seconds: fc.nat({ max: 7200 }) }),
  { minLength: 10, maxLength: 60 },
);

type Row = { key: NotificationKey; state: Notification; events: RecipientEvent[] };

const changed = (state: Notification, { which, seconds }: Step): Notification =>
  [
    sent(0, 0, { createdAt: state.createdAt, ...(which % 2 === 0 && { doubled: true }), sentAt: at(seconds + 7200) }),
    { ...state, status: 'FAILED', reason: 'R', failedAt: at(seconds) } as Notification,
    { ...state, status: 'HELD', reason: 'R', heldAt: at(seconds) } as Notification,
  ][which % 3] ?? assert.fail();

/** Notifications that change, while the messages about them are handled in any order, and are counted at any time. */
function history() {
  const world = statisticsWorld();
  const rows: Row[] = [];
  const waiting: NotificationKey[] = [];
  const delivered: NotificationKey[] = [];
  const create = async ({ which, seconds }: Step): Promise<void> => {
    const state = sent(seconds, which % 100, { channel: which % 2 === 0 ? 'email' : 'sms' });
    const key = await world.put(state);
    rows.push({ key, state, events: [] });
    waiting.push(key);
  };
  /** Every change is followed by a message, which is delivered some time later. */
  const alter = async (step: Step, row: Row): Promise<void> => {
    if (step.what === 'change') {
      row.state = changed(row.state, step);
      await world.change(row.key.notificationId, () => row.state);
    } else {
      const kind = step.which % 2 === 0 ? 'DELIVERED' : 'BOUNCED';
      row.events.push({ position: 0, kind, at: at(step.seconds + 7200) });
      await world.store.recordOutcomes(row.key, row.events);
    }
    waiting.push(row.key);
  };
  /** Each environment of the function remembers the marks that it has written. */
  const environments = [1, 2].map(() => rememberedMarks(world.statistics, world.clock));
  const deliver = async (key: NotificationKey | undefined): Promise<void> => {
    if (!key) return;
    const statistics = environments[delivered.length % 2] ?? assert.fail();
    await markForCount(messageAbout(key.tenant, key.notificationId), { ...world.ports, statistics });
    delivered.push(key);
  };
  return {
    world,
    rows,
    async happen(step: Step): Promise<void> {
      const row = rows[step.which % rows.length];
      if (step.what === 'create' || !row) return create(step);
      if (step.what === 'deliver') return deliver(waiting.splice(step.which % (waiting.length || 1), 1)[0]);
      if (step.what === 'deliver again') return deliver(delivered[step.which % delivered.length]);
      if (step.what === 'count') return void (await world.count());
      return alter(step, row);
    },
    /** The latest message first. */
    async deliverAll(): Promise<void> {
      for (const key of waiting.splice(0).reverse()) await deliver(key);
      await world.count();
    },
  };
}

/** The figures of these rows after one message for each, in order, and one count. */
async function statisticsOf(rows: readonly Row[]) {
  const fresh = statisticsWorld();
  for (const { state, events } of rows) {
    const key = await fresh.put(state);
    if (events.length > 0) await fresh.store.recordOutcomes(key, events);
    await fresh.tell(key);
  }
  await fresh.count();
  return (await fresh.get()).body;
}

describe('statistics', () => {
  it('are the same after the messages in any order, each several times, while rows change and are counted', async () => {
    await checkProperty(
      'statistics, in any order',
      fc.asyncProperty(steps, async (drawn) => {
        const { world, rows, happen, deliverAll } = history();
        for (const step of drawn) await happen(step);
        await deliverAll();
        const { body } = await world.get();
        assert.equal(body.total.created, rows.length);
        assert.deepEqual(body, await statisticsOf(rows));
      }),
    );
  });
});
