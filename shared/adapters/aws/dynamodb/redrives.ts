import { BatchGetItemCommand, BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTE, INDEX } from '#shared/names.ts';
import { DEAD_LETTER, DEAD_LETTER_STATUSES, deadLetterKey, letterKind } from '#shared/once/dead-letter.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import { cardIn } from '#shared/once/letter-card.ts';
import type { DecidedRow, DecidingRow } from '#shared/once/planner.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import type { Editing } from '#shared/redrive/edit.ts';
import { chunkKey, REDRIVE_CHUNK } from '#shared/redrive/members.ts';
import type {
  LetterReader,
  LetterToPlan,
  ListedLetter,
  RedriveList,
  RedriveSets,
} from '#shared/redrive/planning-ports.ts';
import { REDRIVE, REDRIVES } from '#shared/redrive/redrive.ts';
import type { VerdictPorts } from '#shared/redrive/verdicts.ts';
import { storeFailure } from './failures.ts';
import { type Item, stateItem, storedStateOf, toItem } from './items.ts';
import { type ItemKey, outboxItemKey, partitionKeyOf, recordItemKey, stateItemKey } from './keys.ts';
import { everyItem, queryPage, readItem, readItems, shardsOf, type Table } from './table.ts';

/** The redrives of the stage. They are few, and in one partition. */
export function redriveList(table: Table): RedriveList {
  return {
    async listRedrives() {
      const { sk: begin } = stateItemKey({ ...REDRIVES, part: { type: REDRIVE.name, id: '' } });
      const items = await everyItem(table, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :begin)',
        ExpressionAttributeValues: toItem({ ':pk': partitionKeyOf(REDRIVES), ':begin': begin }),
      });
      return items.flatMap((item) => storedStateOf(REDRIVE, item)?.state ?? []);
    },
  };
}

/** The most rows of one BatchWriteItem, and the calls that are made at once. */
const WRITTEN_AT_ONCE = 25;
const WRITES_AT_ONCE = 4;
/** A call leaves rows unwritten if a partition is busy. */
const MOST_TRIES = 10;

/** The frozen sets. */
export function redriveSets(table: Table): RedriveSets {
  return {
    async writeSet(set, chunks, expiresAt) {
      const rows = chunks.map((members, index): WriteRequest => {
        const stored = { schemaVersion: REDRIVE_CHUNK.written, version: 1, state: { set, index, members } };
        const expiry = toItem({ [ATTRIBUTE.expiresAt]: expiresAt });
        return { PutRequest: { Item: { ...stateItem(chunkKey(set, index), stored), ...expiry } } };
      });
      const batches = batchesOf(rows, WRITTEN_AT_ONCE);
      await inParallel(batches, WRITES_AT_ONCE, (batch) => writeBatch(table, batch));
    },

    async readChunks(set, first, count) {
      const keys = Array.from({ length: count }, (_, index) => stateItemKey(chunkKey(set, first + index)));
      const items = keys.length === 0 ? [] : await readItems(table, keys);
      const chunks = items.flatMap((item) => storedStateOf(REDRIVE_CHUNK, item)?.state ?? []);
      return chunks.sort((one, other) => one.index - other.index);
    },
  };
}

async function writeBatch({ client, tableName }: Table, batch: WriteRequest[]): Promise<void> {
  let left = batch;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const command = new BatchWriteItemCommand({ RequestItems: { [tableName]: left } });
    const { UnprocessedItems } = await client.send(command).catch(storeFailure);
    left = UnprocessedItems?.[tableName] ?? [];
    if (left.length === 0) return;
  }
  throw new StoreUnavailable('DynamoDB left rows of a set unwritten.');
}

/** Reads dead letters in bulk, with the attributes that a planning needs. */
export function letterReader(table: Table): LetterReader {
  return {
    async lettersIn({ status, fingerprint }, range, limit) {
      const shards = shardsOf(table, letterKind(status, fingerprint));
      const found: ListedLetter[] = [];
      await Promise.all(shards.map((shard) => readShard(table, shard, range, { found, limit })));
      return found;
    },

    async lettersAt(ids) {
      const keys = ids.map((id) => stateItemKey(deadLetterKey(id)));
      const items = await readProjected(table, keys, LETTER_ATTRIBUTES);
      return items.flatMap(letterOf);
    },
  };
}

/** All shards together read one page each beyond the limit at most: a page holds a thousand entries or more. */
async function readShard(
  table: Table,
  shard: string,
  { from, to }: { from: number; to: number },
  { found, limit }: { found: ListedLetter[]; limit: number },
): Promise<void> {
  let after: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await queryPage(table, {
      IndexName: INDEX.due,
      KeyConditionExpression: 'dueShard = :shard AND dueAt BETWEEN :from AND :to',
      ExpressionAttributeValues: toItem({ ':shard': shard, ':from': from, ':to': to }),
      ProjectionExpression: `pk, dueAt, ${ATTRIBUTE.letterCard}`,
      ...(after && { ExclusiveStartKey: after }),
    });
    for (const { pk, dueAt, [ATTRIBUTE.letterCard]: text } of Items) {
      const openedAt = Number(dueAt?.N);
      const card = cardIn(text?.S ?? '', openedAt);
      found.push({ deadLetterId: deadLetterIdIn(pk), openedAt, ...(card && { card }) });
    }
    after = LastEvaluatedKey;
  } while (after && found.length <= limit);
}

const NAMES = {
  '#type': 'type',
  '#state': 'state',
  '#status': 'status',
};

const LETTER_ATTRIBUTES = [
  'pk',
  '#type',
  'schemaVersion',
  '#state.#status',
  ...['generation', 'fingerprint', 'redriveId', 'subscriber', 'reason'].map((name) => `#state.${name}`),
  ...['messageType', 'tenant', 'subject', 'message'].map((name) => `#state.${name}`),
];

/** A letter's texts that a row may lack. */
const OPTIONAL_TEXTS = ['redriveId', 'messageType', 'tenant', 'subject', 'message'] as const;

/**
 * A row of another version is read by its own release. Here it is no member. `unmarshall` would take an eighth of the
 * time of a planning.
 */
function letterOf({ pk, type, schemaVersion, state: { M: state = {} } = { M: {} } }: Item): LetterToPlan[] {
  if (type?.S !== DEAD_LETTER.name || !(Number(schemaVersion?.N) <= DEAD_LETTER.readable)) return [];
  const textOf = (name: string): string => state[name]?.S ?? '';
  const status = DEAD_LETTER_STATUSES.find((one) => one === state.status?.S);
  if (!status) return [];
  const letter: LetterToPlan = {
    deadLetterId: deadLetterIdIn(pk),
    status,
    generation: Number(state.generation?.N),
    fingerprint: textOf('fingerprint'),
    subscriber: textOf('subscriber'),
    reason: textOf('reason'),
  };
  for (const name of OPTIONAL_TEXTS) {
    const value = state[name]?.S;
    if (value !== undefined) letter[name] = value;
  }
  return [letter];
}

/** An id of a dead letter has only letters and digits, so nothing in it is escaped. */
const deadLetterIdIn = (pk: Item[string] | undefined): string => pk?.S?.split('#')[2] ?? '';

/** Reads the rows that decide what messages would do. */
export function decidingRows(table: Table): VerdictPorts['rowsAt'] {
  return async (rows) => {
    const keys = rows.map(keyOf);
    const found = new Map<string, DecidedRow>();
    // A call must not name a key twice.
    const unique = [...new Map(keys.map((key) => [nameOf(key), key])).values()];
    for (const batch of batchesOf(unique, READ_AT_ONCE)) {
      for (const item of await readProjected(table, batch, DECIDING_ATTRIBUTES)) {
        found.set(`${item.pk?.S} ${item.sk?.S}`, decidedRowOf(item));
      }
    }
    return keys.map((key) => found.get(nameOf(key)));
  };
}

/** Reads the row that decides what a message would do. Consistent. */
export function decidingRow(table: Table): Editing['rowAt'] {
  return async (row) => {
    const item = await readItem(table, keyOf(row));
    return item && { ...decidedRowOf(item), ...(item.version?.N !== undefined && { version: Number(item.version.N) }) };
  };
}

const DECIDING_ATTRIBUTES = [...['pk', 'sk', 'publishedAt'], ...['#state.#status', '#state.reason', '#state.attempts']];

function decidedRowOf({ state: { M: state = {} } = { M: {} }, publishedAt }: Item): DecidedRow {
  const { status, reason, attempts } = state;
  return {
    ...(status?.S !== undefined && { status: status.S }),
    ...(reason?.S !== undefined && { reason: reason.S }),
    ...(attempts?.L && { outcomes: attempts.L.map(({ M }) => M?.outcome?.S) }),
    ...(publishedAt?.S !== undefined && { publishedAt: publishedAt.S }),
  };
}

const READ_AT_ONCE = 100;

const nameOf = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;

function keyOf(row: DecidingRow): ItemKey {
  if ('state' in row) return stateItemKey(row.state);
  return 'record' in row ? recordItemKey(row.record, row.type) : outboxItemKey(row.outbox, row.commandId);
}

const batchesOf = <One>(all: readonly One[], size: number): One[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));

/** Attributes of rows. Not consistent: a plan says what would happen, and what is sent is decided when it is sent. */
async function readProjected(
  { client, tableName }: Table,
  keys: readonly ItemKey[],
  attributes: readonly string[],
): Promise<Item[]> {
  const items: Item[] = [];
  let left: Item[] = keys.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } }));
  const names = Object.entries(NAMES).filter(([name]) => attributes.some((one) => one.includes(name)));
  for (let tries = 0; tries < MOST_TRIES && left.length > 0; tries += 1) {
    const asked = {
      Keys: left,
      ProjectionExpression: attributes.join(', '),
      ExpressionAttributeNames: Object.fromEntries(names),
    };
    const command = new BatchGetItemCommand({ RequestItems: { [tableName]: asked } });
    const { Responses, UnprocessedKeys } = await client.send(command).catch(storeFailure);
    items.push(...(Responses?.[tableName] ?? []));
    left = UnprocessedKeys?.[tableName]?.Keys ?? [];
  }
  if (left.length > 0) throw new StoreUnavailable('DynamoDB left keys unread.');
  return items;
}
