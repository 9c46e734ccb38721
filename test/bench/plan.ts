import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { deadLetterLists } from '#shared/adapters/aws/dynamodb/dead-letter-lists.ts';
import { type Item, outboxItem, stateItem } from '#shared/adapters/aws/dynamodb/items.ts';
import { decidingRows, letterReader, redriveSets } from '#shared/adapters/aws/dynamodb/redrives.ts';
import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import { systemClock } from '#shared/adapters/aws/runtime/system.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { ATTRIBUTE } from '#shared/names.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import {
  DEAD_LETTER,
  DEAD_LETTER_GROUP,
  deadLetterKey,
  dueOfLetter,
  groupKey,
  groupSeen,
  recorded,
} from '#shared/once/dead-letter.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import { cardTextOf } from '#shared/once/letter-card.ts';
import { DEFAULT_PACE, planCommand } from '#shared/redrive/plan-command.ts';
import { aLetter, aRequest } from '#test/support/redrive-world.ts';
import { keyOfNotification } from '#test/support/requested.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

/**
 * `npm run bench:plan -- --members 100000`: plans a redrive of this many dead letters through the adapters of
 * plan-redrive, on the local engine. Half of them are requests of notifications, and half are other messages. A
 * quarter of all has been handled before. It checks the plan, and prints the calls, and of each phase and of all: seconds,
 * processor seconds of the planning and of the engine, and how often the engine read its file.
 */
const { values } = parseArgs({ options: { members: { type: 'string', default: '100000' } } });
const members = Number(values.members);
const BATCH = 25;
const BATCHES_AT_ONCE = 8;
const SEEN_AT = Date.parse('2026-01-01T00:00:00.000Z');
const SUBSCRIBERS = 'send-email project-orders';
/** The phases of a planning, in their order. */
const PHASES = ['cards', 'deciding rows', 'set'] as const;

const table = await startTable();
try {
  await insert(table, rows());
  print(await measure(table));
} finally {
  await table.stop();
}

/** The rows of dead letter `index`: the letter itself, and the row that decides what it would do, if there is one. */
function rowsAbout(index: number): Item[] {
  const id = `order-${index}`;
  const subject = { tenant: 'acme', type: 'order', id };
  const notificationId = `order_${id}_1-0`;
  const isRequest = index % 2 === 0;
  const { letter, deadLetterId } = isRequest ? aRequest(notificationId) : aLetter(id);
  const state = recorded(undefined, letter, SEEN_AT + index);
  const stored = { schemaVersion: DEAD_LETTER.written, version: 1, state, due: dueOfLetter(state) };
  const kept = { ...stateItem(deadLetterKey(deadLetterId), stored), [ATTRIBUTE.letterCard]: { S: cardTextOf(state) } };
  const first = index < 2 ? groupRow(state) : [];
  if (isRequest) return [kept, ...first, notification(subject, notificationId)];
  if (index % 4 === 1) return [kept, ...first];
  return [kept, ...first, handled(subject, messageCommandId('project-orders', id))];
}

function groupRow(state: ReturnType<typeof recorded>): Item[] {
  const stored = { schemaVersion: DEAD_LETTER_GROUP.written, version: 1, state: groupSeen(undefined, state, SEEN_AT) };
  return [stateItem(groupKey(state.fingerprint), stored)];
}

function notification(subject: Subject, notificationId: string): Item {
  const key = keyOfNotification(subject, { notificationId, state: {}, content: {}, due: { kind: '', at: 0 } });
  return stateItem(key, { schemaVersion: 1, version: 1, state: { status: 'PENDING', channel: 'email' } });
}

function handled(subject: Subject, commandId: string): Item {
  return outboxItem({
    ...{ subject, commandId, nonce: 'nonce', fingerprint: 'fingerprint', messages: [] },
    ...{ outcome: { accepted: true, version: 1, answer: '{}' }, createdAt: new Date(SEEN_AT).toISOString() },
  });
}

function rows(): Item[] {
  return Array.from({ length: members }, (_, index) => rowsAbout(index)).flat();
}

async function insert({ client, tableName }: TestTable, items: readonly Item[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH).map((Item): WriteRequest => ({ PutRequest: { Item } })),
  );
  await inParallel(batches, BATCHES_AT_ONCE, async (batch) => {
    const command = new BatchWriteItemCommand({ RequestItems: { [tableName]: batch } });
    assert.deepEqual((await client.send(command)).UnprocessedItems ?? {}, {});
  });
}

type Reading = { seconds: number; cpu: number; engine: number; reads: number };

/** What was used since the processes began. */
function readingOf(pidFile: string): Reading {
  const pid = /\d+/.exec(readFileSync(pidFile, 'utf8'))?.[0];
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const { user, system } = process.cpuUsage();
  return {
    seconds: performance.now() / 1000,
    cpu: (user + system) / 1e6,
    // User and system time, in hundredths of a second.
    engine: (Number(fields[11]) + Number(fields[12])) / 100,
    reads: Number(/syscr: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]),
  };
}

async function measure({ client, tableName, pidFile }: TestTable) {
  const calls = new Map<string, number>();
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        calls.set(commandName, (calls.get(commandName) ?? 0) + 1);
        return next(args);
      },
    { step: 'initialize' },
  );
  const rowsOf = { client, tableName };
  const [reader, rowsAt, sets] = [letterReader(rowsOf), decidingRows(rowsOf), redriveSets(rowsOf)];
  let decidingFrom: Reading | undefined;
  let writingFrom: Reading | undefined;
  const began = readingOf(pidFile);
  const command = await planCommand(
    { redriveId: 'redrive', actor: 'bench', selection: {}, setId: 'set' },
    DEFAULT_PACE,
    {
      letterLists: deadLetterLists(rowsOf),
      letterReader: reader,
      redriveSets: {
        writeSet: (...set) => {
          writingFrom = readingOf(pidFile);
          return sets.writeSet(...set);
        },
      },
      pausedSubscribers: async () => new Map(),
      rowsAt: (rows) => {
        decidingFrom ??= readingOf(pidFile);
        return rowsAt(rows);
      },
      plannerOf: plannersOf(SUBSCRIBERS),
      clock: systemClock,
    },
  );
  assert.ok(command.type === 'PlanRedrive' && decidingFrom && writingFrom);
  return { plan: command.planned.plan, calls, readings: [began, decidingFrom, writingFrom, readingOf(pidFile)] };
}

function print({ plan, calls, readings }: Awaited<ReturnType<typeof measure>>): void {
  const indexes = Array.from({ length: members }, (_, index) => index);
  const alreadyDone = indexes.filter((index) => index % 4 === 3).length;
  assert.equal(plan.members, members);
  assert.deepEqual(plan.counts, { handled: members - alreadyDone, alreadyDone, unknown: 0, dropped: 0 });
  const named = Array.from(calls, ([name, count]) => `${name.replace('Command', '')} ${count}`).join(', ');
  process.stdout.write(`${members} members planned. Calls: ${named}.\n`);
  for (const [index, phase] of PHASES.entries())
    process.stdout.write(used(phase, readings[index], readings[index + 1]));
  process.stdout.write(used('all', readings[0], readings.at(-1)));
}

function used(phase: string, from?: Reading, to?: Reading): string {
  if (!from || !to) return '';
  const [seconds, cpu, engine] = [to.seconds - from.seconds, to.cpu - from.cpu, to.engine - from.engine];
  return `${phase}: ${seconds.toFixed(1)} s. CPU: ${cpu.toFixed(1)} s, engine ${engine.toFixed(1)} s. Reads of the file: ${to.reads - from.reads}.\n`;
}
