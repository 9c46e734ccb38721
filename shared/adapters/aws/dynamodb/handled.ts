import { unmarshall } from '@aws-sdk/util-dynamodb';
import { upgraded } from '#shared/messaging/versions.ts';
import { HANDLED, HANDLED_KEY, type Handled, type HandledStore } from '#shared/once/handled.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { type Item, toItem } from './items.ts';
import { stateItemKey } from './keys.ts';
import { CONDITION, readItem, type Table, typed, update } from './table.ts';

/** Each subscriber has an attribute of its own, so that subscribers add at the same time without a conflict. */
const PREFIX = 'handled:';

const KEY = stateItemKey(HANDLED_KEY);

/** The messages that each subscriber has handled, in one row. */
export const handledStore = (table: Table): HandledStore => ({
  async add(subscriber, messages) {
    const { ExpressionAttributeNames, ExpressionAttributeValues } = typed(HANDLED, { ':messages': messages });
    const { refusal } = await update(table, {
      Key: toItem(KEY),
      UpdateExpression:
        'ADD #handled :messages SET #type = :type, schemaVersion = if_not_exists(schemaVersion, :written)',
      ConditionExpression: CONDITION.isReadable,
      ExpressionAttributeNames: { ...ExpressionAttributeNames, '#handled': `${PREFIX}${subscriber}` },
      ExpressionAttributeValues,
    });
    if (refusal) throw new StoreUnavailable('A newer release writes the row of handled messages in another way.');
  },

  async read() {
    const item = await readItem(table, KEY);
    return item ? handledOf(item) : {};
  },
});

/** @throws NewerVersion */
export function handledOf(item: Item): Handled {
  const { schemaVersion, ...attributes } = unmarshall(item);
  const counts = Object.entries(attributes).flatMap(([name, count]) =>
    name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), Number(count)]] : [],
  );
  return upgraded('row of handled messages', HANDLED, schemaVersion, Object.fromEntries(counts)).value;
}
