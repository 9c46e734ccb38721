import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { deadLetterLists } from '#shared/adapters/aws/dynamodb/dead-letter-lists.ts';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { partitionKeyOf } from '#shared/adapters/aws/dynamodb/keys.ts';
import { DEAD_LETTER_GROUPS, type DeadLetter, deadLetterIdOf, fingerprintOf } from '#shared/once/dead-letter.ts';
import { countReads } from '#test/support/counted-reads.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

/** `FAILURES=100000` for the figures of `docs/reference/write-units.md`. */
const FAILURES = Number(process.env.FAILURES ?? 3000);
/** Every hundredth message is received twice. */
const REPEATED = FAILURES / 100;
/** Another cause, in the middle of the burst. */
const OTHERS = 10;
/** Function instances that record at the same time, each with its own memory of the groups. */
const INSTANCES = 4;
const AT_ONCE = 8;
const STARTED_AT = Date.UTC(2026, 0, 1);
/** 500 failures a second. */
const seenAt = (number: number): number => STARTED_AT + number * 2;

const failure = (number: number): DeadLetter => ({
  subscriber: 'project-orders',
  id: `message-${number}`,
  reason: 'GIVEN_UP',
  detail: `It could not be handled in 5 deliveries; the last try failed with TypeError.`,
  message: envelopeText({ id: `message-${number}` }),
  error: { name: 'TypeError', frames: ['shared/order-list/projection.ts:12', 'shared/once/consume.ts:80'] },
  attempts: 5,
});
const other = (number: number): DeadLetter => ({ ...failure(number), reason: 'MALFORMED', id: `other-${number}` });

type Written = { rows: number; units: number; refused: number };

/** Counts what `UpdateItem` writes to rows of groups and to rows of dead letters. */
function countWrites(client: DynamoDBClient): { group: Written; letter: Written } {
  const counted = {
    group: { rows: 0, units: 0, refused: 0 },
    letter: { rows: 0, units: 0, refused: 0 },
  };
  client.middlewareStack.add(
    (next) => async (request) => {
      const { Key } = Object.assign(request.input, { ReturnConsumedCapacity: 'TOTAL' }) as {
        Key?: { pk?: { S?: string } };
      };
      const written = Key?.pk?.S === partitionKeyOf(DEAD_LETTER_GROUPS) ? counted.group : counted.letter;
      try {
        const answer = await next(request);
        const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: { CapacityUnits?: number } };
        written.rows += 1;
        written.units += ConsumedCapacity?.CapacityUnits ?? 0;
        return answer;
      } catch (error) {
        written.refused += 1;
        throw error;
      }
    },
    { step: 'initialize', name: 'countWrites' },
  );
  return counted;
}

describe('a burst of equal failures on a real engine', () => {
  let table: TestTable;
  before(async () => {
    table = await startTable();
  });
  after(() => table.stop());

  it(`records ${FAILURES} of them, each once`, async (t) => {
    const written = countWrites(table.client);
    const letters = Array.from({ length: FAILURES }, (_, number) => [
      { letter: failure(number), at: seenAt(number) },
      ...(number % (FAILURES / REPEATED) === 50 ? [{ letter: failure(number), at: seenAt(number) + 1 }] : []),
      ...(number % (FAILURES / OTHERS) === 0 ? [{ letter: other(number), at: seenAt(number) }] : []),
    ])
      .flat()
      .values();
    const instance = async (): Promise<void> => {
      const store = deadLetterStore(table, 'f00d');
      const worker = async (): Promise<void> => {
        for (const { letter, at } of letters) await store.recordDeadLetter(letter, at);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    };
    await Promise.all(Array.from({ length: INSTANCES }, instance));
    table.client.middlewareStack.remove('countWrites');
    const { group, letter } = written;
    t.diagnostic(`dead letters: ${JSON.stringify(letter)}; groups: ${JSON.stringify(group)}`);
    assert.equal(letter.rows, FAILURES + REPEATED + OTHERS);
    // Once a second for each instance, and once more where the clocks of two instances differ.
    const seconds = (FAILURES * 2) / 1000;
    assert.ok(group.rows <= INSTANCES * (seconds + 1) + 2, `${group.rows} writes of groups`);
  });

  it('lists each of them once, page by page, and counts both groups', async (t) => {
    const reads = countReads(table.client);
    const lists = deadLetterLists(table);
    const groups = await lists.listGroups();
    assert.deepEqual(groups.map(({ reason }) => reason).toSorted(), ['GIVEN_UP', 'MALFORMED']);
    const [many, few] = [fingerprintOf(failure(0)), fingerprintOf(other(0))];
    assert.deepEqual(await lists.gaugeOf('open', few), { count: OTHERS, oldestDueAt: STARTED_AT });
    const { count, oldestDueAt } = await lists.gaugeOf('open', many);
    t.diagnostic(`counted: ${count} of ${FAILURES}; ${reads.calls} calls and ${reads.readUnits} units for both groups`);
    assert.ok(count > 1000 && count <= FAILURES);
    assert.equal(oldestDueAt, STARTED_AT);

    const [callsBefore, unitsBefore] = [reads.calls, reads.readUnits];
    const seen = new Map<string, number>();
    let pages = 0;
    for (let from = 0; ; pages += 1) {
      const range = { from, to: Number.MAX_SAFE_INTEGER };
      const { letters, isLast } = await lists.listLetters([{ status: 'open', fingerprint: many }], range, 1000);
      if (pages === 0) {
        const cost = `${reads.calls - callsBefore} calls and ${reads.readUnits - unitsBefore} units`;
        t.diagnostic(`a page with a filter on type or tenant reads ${letters.length} dead letters: ${cost}`);
      }
      for (const one of letters) seen.set(deadLetterIdOf(one), one.count);
      if (isLast) break;
      from = Date.parse(letters.at(-1)?.openedAt ?? assert.fail()) + 1;
    }
    t.diagnostic(`all pages: ${reads.calls - callsBefore} calls and ${reads.readUnits - unitsBefore} units`);
    assert.equal(seen.size, FAILURES);
    assert.equal([...seen.values()].filter((received) => received === 2).length, REPEATED);
  });
});
