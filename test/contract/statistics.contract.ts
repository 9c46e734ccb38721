import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DueMinute } from '#shared/statistics/due.ts';
import { figuresOf } from '#shared/statistics/figures.ts';
import type { CountedHour, CountedMinute, Minute, StatisticsStore } from '#shared/statistics/ports.ts';
import { inStatus } from '#test/support/notifications.ts';

const NOW = Date.UTC(2026, 0, 1);
const EMAIL = figuresOf(inStatus('SENT'), []);

const counted = (more: Partial<CountedMinute> = {}): CountedMinute => ({
  figures: { email: EMAIL },
  restsUntil: NOW,
  ...more,
});

/** What every store of statistics must do, in memory and on a real engine alike. */
export function statisticsContract(
  name: string,
  storeOf: () => StatisticsStore,
  dueMinutes: () => Promise<DueMinute[]>,
): void {
  let tenants = 0;
  const minuteOf = (minute = '2026-01-01T12:34'): Minute => {
    tenants += 1;
    return { tenant: `statistics#${name}#${tenants}`, minute };
  };
  const dueAt = async ({ tenant, minute }: Minute): Promise<number | undefined> =>
    (await dueMinutes()).find((row) => row.minute.tenant === tenant && row.minute.minute === minute)?.dueAt;
  const createdIn = (hours: readonly CountedHour[]): [string, number | undefined][] =>
    hours.map(({ hour, figures }) => [hour, (figures as { email?: { created: number } }).email?.created]);
  const count = async (minute: Minute, more: Partial<CountedMinute> = {}): Promise<void> => {
    await storeOf().markMinute(minute, NOW);
    assert.equal(await storeOf().takeMinute(minute, 'nonce', NOW), true);
    await storeOf().keepMinute(minute, 'nonce', counted(more));
  };

  describe(`statistics: ${name}`, () => {
    it('has a minute counted once, however often it was marked', async () => {
      const [store, minute] = [storeOf(), minuteOf()];
      await Promise.all(Array.from({ length: 20 }, (_, index) => store.markMinute(minute, NOW + index)));
      const due = (await dueAt(minute)) ?? assert.fail();
      await store.markMinute(minute, NOW + 1_000_000);
      assert.equal(await dueAt(minute), due, 'a mark that stands is not put off');
      assert.equal(await store.takeMinute(minute, 'nonce', due - 1), false, 'not yet');
      assert.equal(await store.takeMinute(minute, 'nonce', due), true);
      await store.keepMinute(minute, 'nonce', counted());
      assert.equal(await dueAt(minute), undefined);
      assert.equal(await store.takeMinute(minute, 'again', NOW + 1_000_000), false);
      assert.deepEqual(await store.readHours(minute.tenant, '2026-01-01T12', '2026-01-01T12'), [
        { hour: '2026-01-01T12', figures: { email: EMAIL } },
      ]);
    });

    it('has it counted again if it was marked while it was counted, and keeps what was counted', async () => {
      const [store, minute] = [storeOf(), minuteOf()];
      await store.markMinute(minute, NOW);
      await store.takeMinute(minute, 'one', NOW);
      await store.markMinute(minute, NOW + 5);
      await store.keepMinute(minute, 'one', counted());
      assert.equal(await dueAt(minute), NOW + 5);
      assert.equal((await store.readHours(minute.tenant, '2026', '2027')).length, 1);
    });

    it('returns when the mark is due, and nothing once its count has begun', async () => {
      const [store, minute] = [storeOf(), minuteOf()];
      assert.equal(await store.markMinute(minute, NOW + 10), NOW + 10);
      assert.equal(await store.markMinute(minute, NOW + 20), NOW + 10);
      await store.takeMinute(minute, 'nonce', NOW + 10);
      assert.equal(await store.markMinute(minute, NOW + 30), NOW + 30);
    });

    it('lets no count overwrite one that began later', async () => {
      const [store, minute] = [storeOf(), minuteOf()];
      await store.markMinute(minute, NOW);
      await store.takeMinute(minute, 'slow', NOW);
      await store.takeMinute(minute, 'quick', NOW);
      await store.keepMinute(minute, 'quick', counted({ figures: { email: { ...EMAIL, created: 2 } } }));
      await store.keepMinute(minute, 'slow', counted());
      assert.deepEqual(createdIn(await store.readHours(minute.tenant, '2026', '2027')), [['2026-01-01T12', 2]]);
    });

    it('lets a minute rest before it is counted again', async () => {
      const [store, minute] = [storeOf(), minuteOf()];
      await count(minute, { restsUntil: NOW + 60_000 });
      await store.markMinute(minute, NOW + 1);
      assert.equal(await store.takeMinute(minute, 'early', NOW + 2), false);
      assert.equal(await dueAt(minute), NOW + 60_000);
      assert.equal(await store.takeMinute(minute, 'rested', NOW + 60_000), true);
    });

    it('adds up hours from their minutes, also from many at once, and reads them in order', async () => {
      const [store, { tenant }] = [storeOf(), minuteOf()];
      const minutes = [
        '2026-01-01T13:00',
        '2026-01-01T12:59',
        '2026-01-01T12:00',
        '2026-01-01T12:30',
        '2026-01-02T00:00',
      ];
      await Promise.all(minutes.map((minute) => count({ tenant, minute })));
      const [first, second, third] = [
        ['2026-01-01T12', 3],
        ['2026-01-01T13', 1],
        ['2026-01-02T00', 1],
      ] as const;
      assert.deepEqual(createdIn(await store.readHours(tenant, '2026-01-01T12', '2026-01-02T00')), [
        first,
        second,
        third,
      ]);
      assert.deepEqual(createdIn(await store.readHours(tenant, '2026-01-01T13', '2026-01-01T23')), [second]);
      assert.deepEqual(await store.readHours(minuteOf().tenant, '2026-01-01T12', '2026-01-02T00'), []);
      await count({ tenant, minute: '2026-01-01T12:00' }, { figures: { sms: EMAIL }, isPartial: true });
      const [hour] = await store.readHours(tenant, '2026-01-01T12', '2026-01-01T12');
      assert.deepEqual([createdIn([hour as CountedHour]), hour?.isPartial], [[['2026-01-01T12', 2]], true]);
      await count({ tenant, minute: '2026-01-01T12:00' });
      assert.equal((await store.readHours(tenant, '2026-01-01T12', '2026-01-01T12'))[0]?.isPartial, undefined);
    });
  });
}
