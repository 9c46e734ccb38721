import { type AttributeValue, BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { newStateItem, recordItem } from '#shared/adapters/aws/dynamodb/items.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { notificationRows } from './requested.ts';
import type { TestTable } from './table.ts';

/** A notification to be written without the command that asks for it. */
export type LoggedRow = { key: NotificationKey; state: Notification; content?: object };

const BATCH = 25;
const WRITERS = 8;

/** Writes many notifications at once, as commits would leave them behind. */
export async function putLogged({ client, tableName }: TestTable, rows: readonly LoggedRow[]): Promise<void> {
  const requests: WriteRequest[] = rows.flatMap(({ key, state, content }) => {
    const { notificationId } = key;
    const created = { notificationId, state, content: content ?? {}, createdAt: state.createdAt };
    const items = notificationRows(key, { ...created, due: { kind: 'notification', at: 0 } }).flatMap((row) => {
      if (row.kind === 'state') return [withoutDue(newStateItem(row))];
      return content === undefined ? [] : [recordItem(row)];
    });
    return items.map((Item) => ({ PutRequest: { Item } }));
  });
  const batches = Array.from({ length: Math.ceil(requests.length / BATCH) }, (_, index) =>
    requests.slice(index * BATCH, (index + 1) * BATCH),
  ).values();
  const writer = async (): Promise<void> => {
    for (const batch of batches) {
      const { UnprocessedItems } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [tableName]: batch } }),
      );
      if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error('Rows stayed unwritten.');
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

function withoutDue({
  dueAt: _dueAt,
  dueShard: _dueShard,
  ...item
}: Record<string, AttributeValue>): Record<string, AttributeValue> {
  return item;
}
