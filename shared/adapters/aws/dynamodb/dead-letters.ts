import { ConditionalCheckFailedException, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { DEAD_LETTER_KIND } from '#shared/once/due.ts';
import { DEAD_LETTER, type DeadLetterStore } from '#shared/once/ports.ts';
import { storeFailure } from './failures.ts';
import { type Item, openDeadLetterOf, toItem } from './items.ts';
import { deadLetterItemKey, dueShardOf } from './keys.ts';
import { oldestInIndex, type Table } from './table.ts';

/** The row was not written by a newer release in a version that this release cannot read. */
const IS_READABLE = 'attribute_not_exists(schemaVersion) OR schemaVersion <= :readable';
/** The row does not record a later time than ours. */
const IS_LATEST = 'attribute_not_exists(lastSeenAt) OR lastSeenAt <= :seenAt';

/** Messages that could not be handled. Each has one row, however often it was received. */
export function deadLetterStore({ client, tableName: TableName }: Table): DeadLetterStore {
  return {
    async recordDeadLetter({ subscriber, id, reason, detail, message }, seenAt) {
      const key = deadLetterItemKey(subscriber, id);
      const input = (lastSeenAt: string, condition: string): UpdateItemCommand['input'] => ({
        TableName,
        Key: toItem(key),
        UpdateExpression: `SET reason = :reason, detail = :detail, lastSeenAt = ${lastSeenAt}, #type = :type, ${
          message === undefined ? '' : 'message = :message, '
        }schemaVersion = if_not_exists(schemaVersion, :written), firstSeenAt = if_not_exists(firstSeenAt, :seenAt), dueAt = if_not_exists(dueAt, :dueAt), dueShard = :dueShard ADD #count :one`,
        ConditionExpression: condition,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ExpressionAttributeNames: { '#type': 'type', '#count': 'count' },
        ExpressionAttributeValues: toItem({
          ':reason': reason,
          ':detail': detail,
          ':message': message,
          ':type': DEAD_LETTER.name,
          ':one': 1,
          ':written': DEAD_LETTER.written,
          ':readable': DEAD_LETTER.readable,
          ':seenAt': new Date(seenAt).toISOString(),
          ':dueAt': seenAt,
          ':dueShard': dueShardOf(DEAD_LETTER_KIND, key.sk),
        }),
      });
      try {
        await client.send(new UpdateItemCommand(input(':seenAt', `(${IS_READABLE}) AND (${IS_LATEST})`)));
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) return storeFailure(error);
        if (!isReadableDeadLetter(error.Item)) throw newerDeadLetter(error);
        // The row records a later time. It keeps that time, because an older one would make the letter look settled.
        const older = input('if_not_exists(lastSeenAt, :seenAt)', IS_READABLE);
        await client.send(new UpdateItemCommand(older)).catch((failure) => {
          throw failure instanceof ConditionalCheckFailedException ? newerDeadLetter(failure) : storeFailure(failure);
        });
      }
    },

    async openDeadLetters(limit) {
      const keys = await oldestInIndex(client, TableName, DEAD_LETTER_KIND, Number.MAX_SAFE_INTEGER, limit);
      const rows = await Promise.all(
        keys.map(async ({ pk, sk }) => {
          const Key = toItem({ pk: pk?.S, sk: sk?.S });
          const { Item } = await client
            .send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))
            .catch(storeFailure);
          return Item && openDeadLetterOf(Item);
        }),
      );
      return rows.filter((row) => row !== undefined);
    },
  };
}

const isReadableDeadLetter = (item: Item | undefined): boolean =>
  Number(item?.schemaVersion?.N ?? 0) <= DEAD_LETTER.readable;

const newerDeadLetter = (cause: unknown): NewerVersion =>
  new NewerVersion('A newer release has recorded this dead letter.', { cause });
