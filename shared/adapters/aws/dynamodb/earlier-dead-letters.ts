import { unmarshall } from '@aws-sdk/util-dynamodb';
import { shapeOf, upgraded } from '#shared/messaging/versions.ts';
import { type DeadLetterRecord, recorded } from '#shared/once/dead-letter.ts';
import { EARLIER_LETTER_DUE } from '#shared/once/due.ts';
import type { Gauge } from '#shared/once/ports.ts';
import { gaugeOfKind } from './gauges.ts';
import type { Item } from './items.ts';
import { subscriberOf } from './keys.ts';
import { dueQuery, queryPage, readItem, shardsOf, type Table } from './table.ts';

type EarlierLetter = Pick<DeadLetterRecord, 'reason' | 'detail' | 'message' | 'firstSeenAt' | 'lastSeenAt' | 'count'>;

/** The rows in which earlier releases stored dead letters. `wake-due` records them again in the form of this release. */
export const EARLIER_LETTER = shapeOf<EarlierLetter>('dead-letter');

/** The row as a record of this release. @throws NewerVersion */
export function earlierLetterOf(item: Item): DeadLetterRecord {
  const { pk, sk, schemaVersion, ...attributes } = unmarshall(item);
  const { value } = upgraded('dead letter', EARLIER_LETTER, schemaVersion, attributes);
  const { reason, detail, message, firstSeenAt, lastSeenAt, count } = value;
  const letter = { subscriber: subscriberOf(pk), id: sk, reason, detail, ...(message !== undefined && { message }) };
  return { ...recorded(undefined, letter, Date.parse(firstSeenAt)), lastSeenAt, count, attempts: count };
}

const MOST_LETTERS = 100;

/** The oldest of them that are open. */
export async function earlierLetters(table: Table): Promise<DeadLetterRecord[]> {
  const pages = await Promise.all(
    shardsOf(table, EARLIER_LETTER_DUE.name).map((shard) =>
      queryPage(table, dueQuery(shard, Number.MAX_SAFE_INTEGER, MOST_LETTERS)),
    ),
  );
  const entries = pages.flatMap(({ Items = [] }) => Items);
  const rows = await Promise.all(entries.map(({ pk, sk }) => readItem(table, { pk: pk?.S ?? '', sk: sk?.S ?? '' })));
  return rows.filter((row) => row !== undefined).map(earlierLetterOf);
}

export const earlierGauge = (table: Table): Promise<Gauge> => gaugeOfKind(table, EARLIER_LETTER_DUE.name);
