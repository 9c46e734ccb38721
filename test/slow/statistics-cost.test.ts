import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { dueIndex } from '#shared/adapters/aws/dynamodb/due.ts';
import { toItem } from '#shared/adapters/aws/dynamodb/items.ts';
import { statisticsItemKey } from '#shared/adapters/aws/dynamodb/keys.ts';
import { messageLogStore } from '#shared/adapters/aws/dynamodb/message-log.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import { type Figures, NO_FIGURES } from '#shared/statistics/figures.ts';
import { HOUR_FIGURES } from '#shared/statistics/ports.ts';
import { statisticsWaker } from '#shared/statistics/projection.ts';
import { STATISTICS_REVIEW } from '#shared/statistics/review.ts';
import { countReads } from '#test/support/counted-reads.ts';
import { putLogged } from '#test/support/logged-rows.ts';
import { inStatus } from '#test/support/notifications.ts';
import { countedRandomness, manualClock, memoryLog } from '#test/support/ports.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

const START = Date.UTC(2026, 0, 1);
const HOURS = 31 * 24;

/** With every status, every outcome and every step that there can be: as large as figures get. */
const steps = Object.fromEntries(Array.from({ length: 126 }, (_, step) => [String(step), 1234]));
const spread = { count: 1234, sumMs: 1_234_567_890, maxMs: 2_592_000_000, steps };
const names = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`STATUS_NAME_${at}`, 1234]));
const FULL: Figures = { ...NO_FIGURES, statuses: names(8), outcomes: names(11), toSent: spread, toDelivered: spread };

describe('what statistics cost on a real engine', () => {
  let table: TestTable;
  before(async () => {
    table = await startTable();
  });
  after(() => table.stop());

  it('reads 31 days of the fullest hours in a few calls', async (t) => {
    const hours = Array.from({ length: HOURS }, (_, hour) => {
      const time = new Date(START + hour * 3_600_000).toISOString().slice(0, 13);
      const row = { type: HOUR_FIGURES.name, schemaVersion: HOUR_FIGURES.written, ticket: 1 };
      return toItem({ ...statisticsItemKey('acme', 'HOUR', time), ...row, figures: { email: FULL, sms: FULL } });
    });
    const batches = Array.from({ length: Math.ceil(HOURS / 25) }, (_, at) => hours.slice(at * 25, (at + 1) * 25));
    const put = (batch: typeof hours) =>
      table.client.send(
        new BatchWriteItemCommand({
          RequestItems: { [table.tableName]: batch.map((Item) => ({ PutRequest: { Item } })) },
        }),
      );
    await Promise.all(batches.map(put));
    const reads = countReads(table.client);
    const read = await statisticsStore(table).readHours('acme', '2026-01-01T00', '2026-01-31T23');
    assert.equal(read.length, HOURS);
    t.diagnostic(`31 days of the fullest hours: ${reads.calls} read calls, ${reads.readUnits} read units`);
    assert.ok(reads.calls <= 8);
  });

  it('counts a minute of 1000 notifications by reading each once', async (t) => {
    const rows = Array.from({ length: 1000 }, (_, number) => ({
      key: notificationKeyOf({ tenant: 'busy', type: 'order', id: `o${number}` }, `order_o${number}_1-1`),
      state: inStatus('SENT', new Date(START + number * 60).toISOString()),
    }));
    await putLogged(table, rows);
    const [clock, statistics] = [manualClock(START + 120_000), statisticsStore(table)];
    const minute = { tenant: 'busy', minute: '2026-01-01T00:00' };
    await statistics.markMinute(minute, clock.now());
    const used = countReads(table.client);
    const ports = {
      statistics,
      messageLog: messageLogStore(table),
      states: stateStore(table, STATISTICS_REVIEW),
      due: dueIndex(table),
      clock,
      random: countedRandomness(),
      log: memoryLog(),
    };
    await statisticsWaker(ports)([{ dueAt: clock.now(), minute }]);
    const [hour] = await statistics.readHours('busy', '2026-01-01T00', '2026-01-01T00');
    assert.partialDeepStrictEqual(hour?.figures, { email: { created: 1000 } });
    t.diagnostic(`a minute of 1000: ${used.calls} calls, ${used.readUnits} units, both to count and to keep it`);
    // 20 reads of 50 rows and their outcomes, three of the log, six writes, one of the hour's minutes, one of the hour;
    // and a read and a write with which the tenant's review begins, once in its life.
    assert.ok(used.calls <= 33, `${used.calls} calls`);
  });
});
