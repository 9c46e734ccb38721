import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { STATISTICS_DUE } from '#shared/statistics/due.ts';
import { minuteOf } from '#shared/statistics/minute-figures.ts';
import { SETTLING_MS, statisticsWaker } from '#shared/statistics/projection.ts';
import { REVIEWED_AFTER_DAYS, STATISTICS_REVIEW } from '#shared/statistics/review.ts';
import { reviewKey } from '#shared/statistics/review-tenants.ts';
import { inStatus } from '#test/support/notifications.ts';
import { statisticsPorts } from '#test/support/world/statistics.ts';
import { createWorld } from '#test/support/world/world.ts';

const START = Date.UTC(2026, 0, 1);
const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];

/** A tenant's notifications, and the part of `wake-due` that counts them. Marks are made by hand, or lost. */
function world() {
  const one = createWorld();
  const { store, statistics, clock, keep, change } = one;
  let marks = 0;
  const counted: typeof statistics = {
    ...statistics,
    markMinute: (...mark) => {
      marks += 1;
      return statistics.markMinute(...mark);
    },
  };
  const ports = { ...statisticsPorts(one), statistics: counted };
  let waker = statisticsWaker(ports);
  const put = (at: number, status: Notification['status'] = 'PENDING'): Promise<NotificationKey> =>
    keep(inStatus(status, new Date(at).toISOString()));
  const become = ({ notificationId }: NotificationKey, status: Notification['status']): Promise<void> =>
    change(notificationId, ({ createdAt }) => inStatus(status, createdAt));
  const mark = (at: number) =>
    statistics.markMinute(minuteOf('acme', new Date(at).toISOString()), clock.now() + SETTLING_MS);
  const wakeDue = async (over: Partial<typeof ports> = {}): Promise<void> => {
    const reviews = await store.due(STATISTICS_DUE, clock.now(), 10);
    const minutes = statistics.dueMinutes().filter(({ dueAt }) => dueAt <= clock.now());
    if (Object.keys(over).length > 0) waker = statisticsWaker({ ...ports, ...over });
    await waker([...minutes, ...reviews]);
  };
  /** Wakes whatever is due, every quarter of an hour, and until nothing more is. */
  const until = async (moment: number): Promise<void> => {
    while (clock.now() < moment) {
      clock.advance(Math.min(MINUTE_MS * 15, moment - clock.now()));
      for (let round = 0; round < 4; round += 1) await wakeDue();
    }
  };
  const statuses = async (day = '2026-01-01'): Promise<Record<string, number>> => {
    const hours = await statistics.readHours('acme', `${day}T00`, `${day}T23`);
    const sum: Record<string, number> = {};
    for (const { figures } of hours) {
      const { email } = figures as { email?: { statuses: Record<string, number> } };
      for (const [status, count] of Object.entries(email?.statuses ?? {})) sum[status] = (sum[status] ?? 0) + count;
    }
    return sum;
  };
  const review = async () => (await ports.states.read(reviewKey('acme')))?.state;
  /** Counts what was marked until now; from then on the tenant is reviewed. */
  const counting = async (): Promise<void> => {
    clock.advance(SETTLING_MS);
    await wakeDue();
    assert.ok(await review());
  };
  return {
    ...ports,
    store,
    log: one.log,
    put,
    become,
    mark,
    wakeDue,
    until,
    statuses,
    review,
    counting,
    marksSoFar: () => marks,
  };
}

describe('the review of statistics', () => {
  const losses: Record<string, (one: ReturnType<typeof world>) => Promise<Record<string, number>>> = {
    async 'the mark of the last thing that happened'({ put, mark, counting, become }) {
      const key = await put(START);
      await mark(START);
      await counting();
      await become(key, 'SENT');
      return { SENT: 1 };
    },
    async 'every mark of a minute'({ put, mark, counting }) {
      await put(START, 'SENT');
      await mark(START);
      await counting();
      await put(START + 7 * HOUR_MS, 'FAILED');
      return { SENT: 1, FAILED: 1 };
    },
  };

  for (const [what, lose] of Object.entries(losses)) {
    it(`finds it, where ${what} was lost, once the day is over`, async () => {
      const one = world();
      const expected = await lose(one);
      await one.until(START + DAY_MS);
      assert.notDeepEqual(await one.statuses(), expected, 'not counted yet');
      await one.until(START + DAY_MS + 2 * HOUR_MS);
      assert.deepEqual(await one.statuses(), expected);
      const warned = one.log.lines.filter(({ level }) => level === 'warn');
      assert.deepEqual(
        warned.map(({ fields }) => fields?.minutes),
        [1],
      );
    });
  }

  it('finds what a log that was behind has kept from a count', async () => {
    const one = world();
    const { store, put, mark, clock, wakeDue, statuses, until } = one;
    await put(START, 'SENT');
    await put(START + 1, 'SENT');
    await mark(START);
    clock.advance(SETTLING_MS);
    const behind = async (...args: Parameters<typeof store.listLog>) => {
      const page = await store.listLog(...args);
      return { ...page, entries: page.entries.slice(1) };
    };
    await wakeDue({ messageLog: { ...store, listLog: behind } });
    assert.deepEqual(await statuses(), { SENT: 1 });
    await wakeDue({ messageLog: store });
    await until(START + DAY_MS + 2 * HOUR_MS);
    assert.deepEqual(await statuses(), { SENT: 2 });
  });

  it('reviews each day again, for changes that are announced by no message', async () => {
    const { put, mark, counting, become, until, statuses } = world();
    const key = await put(START, 'HELD');
    await mark(START);
    await counting();
    for (const [days, status] of [
      [5, 'UNKNOWN'],
      [40, 'SENT'],
    ] as const) {
      await until(START + days * DAY_MS);
      await become(key, status);
      assert.equal((await statuses())[status], undefined);
      const reviewedAfter = REVIEWED_AFTER_DAYS.find((after) => after > days) ?? assert.fail();
      await until(START + (reviewedAfter + 1) * DAY_MS + 2 * HOUR_MS);
      assert.deepEqual(await statuses(), { [status]: 1 });
    }
  });

  it('only reads while nothing differs, never ends, and costs a tenant without messages one row a day', async () => {
    const { put, mark, counting, until, marksSoFar, review, log, store } = world();
    for (let minute = 0; minute < 5; minute += 1) {
      await put(START + minute * MINUTE_MS, 'SENT');
      await mark(START + minute * MINUTE_MS);
    }
    await counting();
    await until(START + 10 * DAY_MS);
    assert.equal(marksSoFar(), 0);
    assert.equal((await review())?.day, '2026-01-10');
    assert.equal(
      (await store.statesOf(STATISTICS_REVIEW).read(reviewKey('acme')))?.version,
      10,
      'begun, and one write for each day',
    );
    assert.deepEqual(
      log.lines.filter(({ level }) => level !== 'info'),
      [],
    );
  });

  it('reviews a long day in parts, and continues where it stopped after any failure', async () => {
    const { states, put, mark, counting, wakeDue, clock, review, statuses, until } = world();
    for (let minute = 0; minute < 100; minute += 1) await put(START + minute * MINUTE_MS, 'SENT');
    await mark(START);
    await counting();
    clock.advance(DAY_MS + HOUR_MS);
    await wakeDue();
    const first = (await review()) ?? assert.fail();
    assert.equal(first.before, '2026-01-01T00:40:00.000Z');
    // The next part dies before it writes down how far it came: another makes it again.
    const dying = { ...states, replace: async () => new Promise<never>(() => undefined) };
    void wakeDue({ states: dying });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await review(), first);
    await wakeDue({ states });
    await until(clock.now() + 2 * HOUR_MS);
    assert.deepEqual(await statuses(), { SENT: 100 });
    assert.equal((await review())?.day, '2026-01-02');
  });

  it('skips a minute that it cannot read, and logs it', async () => {
    const { store, put, mark, counting, wakeDue, clock, review, log } = world();
    for (let minute = 0; minute < 3; minute += 1) await put(START + minute * MINUTE_MS, 'SENT');
    await mark(START);
    await counting();
    clock.advance(DAY_MS + HOUR_MS);
    const readProgress = async (keys: readonly NotificationKey[]) => {
      if (keys.some(({ id }) => id === 'o2')) throw new PoisonMessage('FORGOTTEN_VERSION', 'It cannot be read.');
      return store.readProgress(keys);
    };
    await wakeDue({ messageLog: { ...store, readProgress } });
    assert.equal((await review())?.day, '2026-01-02');
    assert.deepEqual(
      log.lines.filter(({ level }) => level === 'error').map(({ message }) => message),
      ['Minute not reviewed'],
    );
  });

  it('steps back where the store does not answer, and is tried again', async () => {
    const { store, put, mark, counting, wakeDue, clock, review } = world();
    await put(START, 'SENT');
    await mark(START);
    await counting();
    clock.advance(DAY_MS + HOUR_MS);
    const broken = async () => Promise.reject(new StoreUnavailable('No answer.'));
    await wakeDue({ messageLog: { ...store, listLog: broken } });
    assert.equal((await review())?.day, '2026-01-01');
    assert.deepEqual(await store.due(STATISTICS_DUE, clock.now(), 10), []);
    clock.advance(MINUTE_MS);
    await wakeDue({ messageLog: store });
    assert.equal((await review())?.day, '2026-01-02');
  });
});
