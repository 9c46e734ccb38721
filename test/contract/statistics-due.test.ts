import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { toItem } from '#shared/adapters/aws/dynamodb/items.ts';
import { statisticsItemKey } from '#shared/adapters/aws/dynamodb/keys.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { type DynamoStore, dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { type DueMinute, type DueReview, STATISTICS_DUE } from '#shared/statistics/due.ts';
import { figuresOf } from '#shared/statistics/figures.ts';
import type { Minute, StatisticsStore } from '#shared/statistics/ports.ts';
import { statisticsWaker } from '#shared/statistics/projection.ts';
import { STATISTICS_REVIEW } from '#shared/statistics/review.ts';
import { reviewKey } from '#shared/statistics/review-tenants.ts';
import { inStatus } from '#test/support/notifications.ts';
import { manualClock } from '#test/support/ports.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { createWorld } from '#test/support/world/world.ts';

const NOW = Date.UTC(2026, 0, 2);
const EMAIL = figuresOf(inStatus('SENT'), []);

let table: TestTable;
let store: DynamoStore;
let statistics: StatisticsStore;
/** Whether writes of hours die on their way. */
let hoursDie = false;
before(async () => {
  table = await startTable();
  table.client.middlewareStack.add(
    (next) => async (request) => {
      const { Key } = request.input as { Key?: { sk?: { S?: string } } };
      if (hoursDie && Key?.sk?.S?.startsWith('HOUR#')) throw new Error('died');
      return next(request);
    },
    { step: 'initialize' },
  );
  store = dynamoStore(table);
  statistics = statisticsStore(table);
});
after(() => table.stop());

const ofTenant =
  (tenant: string) =>
  (row: DueMinute | DueReview): boolean =>
    ('minute' in row && row.minute.tenant === tenant) || ('tenant' in row && row.tenant === tenant);
const dueOf = async (tenant: string, now = NOW): Promise<(DueMinute | DueReview)[]> =>
  (await store.due(STATISTICS_DUE, now, 100)).filter(ofTenant(tenant));

/** `wake-due` with statistics on the engine; the message log is empty. */
function counting() {
  const world = createWorld({ clock: manualClock(NOW) });
  const states = store.statesOf(STATISTICS_REVIEW);
  return {
    wake: statisticsWaker({ ...world.ports(), statistics, states, due: store, messageLog: world.store }),
    log: world.log,
  };
}

describe('statistics that are due, on the engine', () => {
  it('stay due until their hour is added up: a count that dies in between is made again', async () => {
    const minute: Minute = { tenant: 'hour-lost', minute: '2026-01-01T12:00' };
    await statistics.markMinute(minute, NOW);
    await statistics.takeMinute(minute, 'one', NOW);
    hoursDie = true;
    await assert.rejects(statistics.keepMinute(minute, 'one', { figures: { email: EMAIL }, restsUntil: NOW }), /died/);
    hoursDie = false;
    assert.deepEqual(await statistics.readHours('hour-lost', '2026', '2027'), []);
    assert.equal((await dueOf('hour-lost')).length, 1);
    assert.equal(await statistics.takeMinute(minute, 'two', NOW), true);
    await statistics.keepMinute(minute, 'two', { figures: { email: EMAIL }, restsUntil: NOW });
    assert.deepEqual(await statistics.readHours('hour-lost', '2026', '2027'), [
      { hour: '2026-01-01T12', figures: { email: EMAIL } },
    ]);
    assert.deepEqual(await dueOf('hour-lost', Number.MAX_SAFE_INTEGER), []);
  });

  it('say what was counted of a minute, and nothing of one that was not', async () => {
    const minute: Minute = { tenant: 'read', minute: '2026-01-01T12:00' };
    assert.equal(await statistics.readMinute(minute), undefined);
    await statistics.markMinute(minute, NOW);
    await statistics.takeMinute(minute, 'one', NOW);
    await statistics.keepMinute(minute, 'one', { figures: { email: EMAIL }, restsUntil: NOW });
    assert.deepEqual(await statistics.readMinute(minute), { figures: { email: EMAIL } });
  });

  it('are postponed if a newer release wrote them, so that they never block others', async () => {
    const tenant = 'newer';
    const minutes = Array.from({ length: 12 }, (_, index) => ({
      tenant,
      minute: `2026-01-01T12:${String(index).padStart(2, '0')}`,
    }));
    for (const minute of minutes) {
      await statistics.markMinute(minute, NOW - 1000);
      await table.client.send(
        new UpdateItemCommand({
          TableName: table.tableName,
          Key: toItem(statisticsItemKey(tenant, 'MINUTE', minute.minute)),
          UpdateExpression: 'SET schemaVersion = :newer',
          ExpressionAttributeValues: toItem({ ':newer': 99 }),
        }),
      );
    }
    await statistics.markMinute({ tenant, minute: '2026-01-01T13:00' }, NOW - 1);
    const { wake, log } = counting();
    for (let round = 0; round < 2; round += 1) await wake(await dueOf(tenant));
    assert.deepEqual(await dueOf(tenant), []);
    const moved = (await dueOf(tenant, NOW + 60_000)).filter((row) => 'minute' in row);
    assert.deepEqual(
      moved.map(({ dueAt }) => dueAt),
      minutes.map(() => NOW + 60_000),
    );
    assert.deepEqual(
      [...new Set(log.lines.filter(({ level }) => level !== 'info').map(({ message }) => message))],
      ['Minute of a newer version left to a newer release'],
    );
  });

  it('are reviewed from their first count on: the review is in the same index, and is due on the next day', async () => {
    const tenant = 'reviewed';
    await statistics.markMinute({ tenant, minute: '2026-01-01T12:00' }, NOW);
    const { wake } = counting();
    await wake(await dueOf(tenant));
    const dueAt = NOW + 86_400_000 + 3_600_000;
    assert.deepEqual(await dueOf(tenant, dueAt - 1), []);
    const expected: DueReview = { dueAt, tenant };
    assert.deepEqual(await dueOf(tenant, dueAt), [expected]);
    await wake([expected]);
    assert.equal(
      (await store.statesOf(STATISTICS_REVIEW).read(reviewKey(tenant)))?.version,
      1,
      'not before it is due, whatever the index says',
    );
  });
});
