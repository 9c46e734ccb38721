import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as v from 'valibot';
import { NotSeenYet } from '#shared/messaging/absence.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { added, figuresOf, NO_FIGURES, summaryOf } from '#shared/statistics/figures.ts';
import {
  creationTimes,
  markForCount,
  rebuildStatistics,
  rememberedMarks,
  SETTLING_MS,
  statisticsWaker,
} from '#shared/statistics/projection.ts';
import { statisticsSchema } from '#shared/statistics/responses.ts';
import { memoryStatistics } from '#test/support/memory/memory-statistics.ts';
import { manualClock } from '#test/support/ports.ts';
import { at, messageAbout, START, sent, statisticsWorld } from '#test/support/statistics-world.ts';

describe('figures', () => {
  it('count what a notification is, its attempts, its recipients, and how long it took from when it could be sent', () => {
    const notification = sent(0, 61, { sendAt: at(60), doubled: true, recipients: ['r', 's'] });
    const events = [
      { position: 0, kind: 'DELIVERED', at: at(70) },
      { position: 1, kind: 'BOUNCED', at: at(65) },
      { position: 1, kind: 'DELIVERED', at: at(64) },
    ];
    assert.deepEqual(figuresOf(notification, events), {
      created: 1,
      statuses: { SENT: 1 },
      attempts: 1,
      doubled: 1,
      outcomes: { DELIVERED: 1, BOUNCED: 1 },
      toSent: { count: 1, sumMs: 1000, maxMs: 1000, steps: { 40: 1 } },
      toDelivered: { count: 1, sumMs: 10_000, maxMs: 10_000, steps: { 54: 1 } },
    });
  });

  it('add up to the same in any order and grouping', () => {
    const some = fc.array(fc.tuple(fc.nat(100_000), fc.constantFrom('SENT', 'FAILED')), { maxLength: 20 });
    fc.assert(
      fc.property(some, fc.nat(20), (took, cut) => {
        const all = took.map(([ms, status]) => figuresOf({ ...sent(0, ms / 1000), status } as Notification, []));
        const whole = all.reduce(added, NO_FIGURES);
        const parts = added(all.slice(cut).reduce(added, NO_FIGURES), all.slice(0, cut).reduce(added, NO_FIGURES));
        assert.deepEqual(parts, whole);
      }),
    );
  });

  it('tell shares at most a fifth too long, and never less than they were', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2_592_000_000 }), { minLength: 1, maxLength: 60 }), (took) => {
        const figures = took.map((ms) => figuresOf(sent(0, ms / 1000), [])).reduce(added, NO_FIGURES);
        const summary = summaryOf(figures.toSent) ?? assert.fail();
        const sorted = [...took].sort((one, other) => one - other);
        for (const [share, estimate] of [
          [0.5, summary.medianMs],
          [0.95, summary.p95Ms],
        ] as const) {
          const exact = sorted[Math.ceil(took.length * share) - 1] ?? assert.fail();
          assert.ok(estimate >= exact - 1 && estimate <= exact * 1.2 + 1, `${estimate} for ${exact}`);
        }
        assert.equal(summary.maxMs, sorted.at(-1));
        assert.equal(summary.count, took.length);
      }),
    );
    assert.equal(summaryOf(NO_FIGURES.toSent), undefined);
  });
});

describe('the projection of statistics', () => {
  it('counts by hour, channel and status, as described', async () => {
    const { put, tell, count, get, store } = statisticsWorld();
    const keys = [
      await put(sent(10, 2)),
      await put(sent(20, 4)),
      await put(sent(30, 1, { channel: 'sms' })),
      await put({ ...sent(4000, 0), status: 'FAILED', reason: 'R', failedAt: at(4001) } as Notification),
    ];
    await put(sent(15, 1), 'globex').then(tell);
    const [first = assert.fail()] = keys;
    await store.recordOutcomes(first, [{ position: 0, kind: 'DELIVERED', at: at(20) }]);
    for (const key of keys) await tell(key);
    await count();
    const { body } = await get();
    assert.deepEqual(v.parse(statisticsSchema, body), body);
    assert.deepEqual(body, {
      from: at(0),
      to: at(86_400),
      total: {
        created: 4,
        statuses: { SENT: 3, FAILED: 1 },
        attempts: 4,
        doubled: 0,
        outcomes: { DELIVERED: 1 },
        toSent: { count: 3, meanMs: 2333, medianMs: 2048, p95Ms: 4000, maxMs: 4000 },
        toDelivered: { count: 1, meanMs: 10_000, medianMs: 10_000, p95Ms: 10_000, maxMs: 10_000 },
      },
      hours: [
        {
          hour: at(0),
          created: 3,
          statuses: { SENT: 3 },
          attempts: 3,
          doubled: 0,
          outcomes: { DELIVERED: 1 },
          toSent: { count: 3, meanMs: 2333, medianMs: 2048, p95Ms: 4000, maxMs: 4000 },
          toDelivered: { count: 1, meanMs: 10_000, medianMs: 10_000, p95Ms: 10_000, maxMs: 10_000 },
        },
        { hour: at(3600), created: 1, statuses: { FAILED: 1 }, attempts: 1, doubled: 0, outcomes: {} },
      ],
    });
    assert.equal((await get({ from: at(0), to: at(60), channel: 'sms' })).body.total.created, 1);
    assert.equal((await get(undefined, 'globex')).body.total.created, 1);
    assert.deepEqual((await get(undefined, 'nobody')).body.hours, []);
  });

  it('is the same with any repetitions and in any order', async () => {
    const { put, tell, count, get } = statisticsWorld();
    const keys = await Promise.all(Array.from({ length: 30 }, (_, index) => put(sent(index * 7, index))));
    for (const key of keys) await tell(key);
    await count();
    const { body } = await get();
    for (const key of [...keys, ...keys].reverse()) await tell(key);
    await count();
    assert.deepEqual((await get()).body, body);
  });

  it('counts a burst of 1000 messages about one minute once', async () => {
    const { put, tell, count, get } = statisticsWorld();
    const keys = await Promise.all(Array.from({ length: 500 }, (_, index) => put(sent(index / 10, 1))));
    await Promise.all([...keys, ...keys].map(tell));
    assert.equal(await count(), 1);
    assert.equal((await get()).body.total.created, 500);
  });

  it('is marked once while the mark exists, and again before a count may begin', async () => {
    const [statistics, clock, minute] = [memoryStatistics(), manualClock(START), { tenant: 'acme', minute: 'm' }];
    let writes = 0;
    const counted = {
      markMinute: (...mark: Parameters<typeof statistics.markMinute>) => {
        writes += 1;
        return statistics.markMinute(...mark);
      },
    };
    const environments = [rememberedMarks(counted, clock), rememberedMarks(counted, clock)];
    const burst = () =>
      Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          environments[index % 2]?.markMinute(minute, clock.now() + SETTLING_MS),
        ),
      );
    await burst();
    clock.advance(SETTLING_MS - 2001);
    await burst();
    assert.equal(writes, 2, 'one for each environment');
    clock.advance(1);
    await burst();
    assert.ok(writes > 2, 'a count may begin any moment');
    clock.advance(2000);
    assert.equal(await statistics.takeMinute(minute, 'nonce', clock.now()), true);
    const before = writes;
    await burst();
    assert.equal(writes, before + 2);
    assert.equal(statistics.dueMinutes()[0]?.dueAt, clock.now() + SETTLING_MS, 'it is counted again');
  });

  it('is marked again by the next message after a failed mark', async () => {
    const [statistics, clock, minute] = [memoryStatistics(), manualClock(START), { tenant: 'acme', minute: 'm' }];
    const answers = [Promise.reject(new Error('down')), undefined];
    const marks = rememberedMarks(
      { markMinute: (...mark) => answers.shift() ?? statistics.markMinute(...mark) },
      clock,
    );
    await assert.rejects(marks.markMinute(minute, START + SETTLING_MS), /down/);
    assert.equal(await marks.markMinute(minute, START + SETTLING_MS), START + SETTLING_MS);
    assert.equal(statistics.dueMinutes().length, 1);
  });

  it('counts again what changes later', async () => {
    const { change, put, tell, count, get } = statisticsWorld();
    const key = await put({ ...sent(0, 1), status: 'HELD', reason: 'R', heldAt: at(1) } as Notification);
    await tell(key);
    await count();
    assert.deepEqual((await get()).body.total.statuses, { HELD: 1 });
    await change(key.notificationId, () => sent(0, 9));
    await tell(key);
    await count();
    assert.deepEqual((await get()).body.total.statuses, { SENT: 1 });
  });

  it('is rebuilt from the rows alone, with the same result, for a range or for all', async () => {
    const { statistics, ports, put, tell, count, get } = statisticsWorld();
    for (let index = 0; index < 200; index += 1) await tell(await put(sent(index * 60, index)));
    await count();
    const { body } = await get();
    assert.equal(body.total.created, 200);
    statistics.wipe();
    assert.equal((await get()).body.total.created, 0);
    assert.equal(await rebuildStatistics('acme', { from: at(0), to: at(3600) }, ports), 60);
    await count();
    assert.equal((await get()).body.total.created, 60);
    assert.equal(await rebuildStatistics('acme', { from: at(0), to: at(86_400) }, ports), 200);
    await count();
    assert.deepEqual((await get()).body, body);
  });

  it('tries a minute that cannot be counted again later, and counts the others', async () => {
    const { store, statistics, ports, put, tell, log } = statisticsWorld();
    for (const seconds of [0, 60, 120]) await tell(await put(sent(seconds, 1)));
    ports.clock.advance(SETTLING_MS);
    let failures = 1;
    const messageLog = {
      ...store,
      readProgress: (keys: readonly NotificationKey[]) => {
        failures -= 1;
        return failures < 0 ? store.readProgress(keys) : Promise.reject(new Error('broken'));
      },
    };
    await statisticsWaker({ ...ports, messageLog })(statistics.dueMinutes());
    assert.deepEqual(
      statistics.dueMinutes().map(({ dueAt }) => dueAt - ports.clock.now()),
      [60_000],
      'and steps back, so that it stands before no other',
    );
    assert.equal(log.lines.filter(({ level }) => level === 'error').length, 1);
  });

  it('reads when a notification was created once for all of its messages, but not before its row is visible', async () => {
    const { store, clock, statistics, put, tell } = statisticsWorld();
    let reads = 0;
    const counted = {
      read: (key: NotificationKey) => {
        reads += 1;
        return store.read(key);
      },
    };
    const ports = { statistics, clock, createdAtOf: creationTimes(counted, clock) };
    const body = messageAbout('acme', 'order_o1_1-1');
    await assert.rejects(markForCount(body, ports), NotSeenYet);
    assert.equal((await put(sent(0, 1))).notificationId, 'order_o1_1-1');
    for (let index = 0; index < 3; index += 1) await markForCount(body, ports);
    assert.equal(reads, 2);
    await assert.rejects(markForCount(messageAbout('globex', 'order_o1_1-1'), ports), NotSeenYet);
    await tell({ tenant: 'acme', notificationId: 'order_o1_1-1' });
  });

  it('sets aside what is about no notification', async () => {
    const { ports, tell } = statisticsWorld();
    ports.clock.advance(3_600_000);
    await assert.rejects(tell({ tenant: 'acme', notificationId: 'order_none_1-1' }), PoisonMessage);
    await assert.rejects(tell({ tenant: 'acme', notificationId: 'nonsense' }), PoisonMessage);
    await assert.rejects(markForCount('{', ports), PoisonMessage);
  });
});

describe('GET /notifications/statistics', () => {
  it('returns the last day by default, in whole hours', async () => {
    const { clock, get } = statisticsWorld();
    clock.advance(90_000_000 + 1);
    const { body } = await get({});
    assert.partialDeepStrictEqual(body, { from: at(7200), to: at(93_600), hours: [] });
    assert.partialDeepStrictEqual((await get({ from: at(1), to: at(3601) })).body, { from: at(0), to: at(7200) });
  });

  it('takes 31 days, and no more', async () => {
    const { get } = statisticsWorld();
    const day = 86_400;
    assert.equal((await get({ from: at(0), to: at(31 * day) })).statusCode, 200);
    const tooLong: Record<string, string>[] = [{ from: at(0), to: at(31 * day + 1) }, { from: at(-40 * day) }];
    for (const parameters of tooLong) {
      const { statusCode, body } = await get(parameters);
      assert.deepEqual([statusCode, body.errors?.map(({ code }) => code)], [400, ['RANGE_TOO_LONG']]);
    }
    const { body } = await get({ from: at(day) });
    assert.deepEqual(
      body.errors?.map(({ code, message }) => [code, message]),
      [['RANGE_REVERSED', 'from is not before now, so the range is empty.']],
    );
  });

  it('names every fault at once', async () => {
    const { get } = statisticsWorld();
    const { statusCode, body } = await get({ from: 'x', channel: 'fax', status: 'SENT' });
    assert.equal(statusCode, 400);
    assert.deepEqual(body.errors?.map(({ path, code }) => `${path} ${code}`).sort(), [
      '/channel INVALID',
      '/from TIMESTAMP_INVALID',
      '/status UNKNOWN_PARAMETER',
    ]);
    const reversed = await get({ from: at(2), to: at(1) });
    assert.deepEqual(
      reversed.body.errors?.map(({ code }) => code),
      ['RANGE_REVERSED'],
    );
  });
});
