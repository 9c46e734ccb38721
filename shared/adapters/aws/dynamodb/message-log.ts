import type {
  LogEntry,
  LoggedContent,
  LoggedNotification,
  LogRange,
  MessageLogStore,
} from '#shared/message-log/ports.ts';
import type { Shape } from '#shared/messaging/versions.ts';
import { INDEX, SORT_KEY } from '#shared/names.ts';
import { CONTENT } from '#shared/notification/content.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import { OUTCOMES } from '#shared/notification/outcomes.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { contentOf, type Item, recipientEventsOf, storedStateOf, toItem } from './items.ts';
import { contentItemKey, type ItemKey, outcomesItemKey, partitionKeyOf, stateItemKey } from './keys.ts';
import { everyItem, queryPage, readBatch, type Table } from './table.ts';

/** The tenant's log: an index of keys, newest first, and the rows with these keys. */
export function messageLogStore(table: Table): MessageLogStore {
  const query = (KeyConditionExpression: string, values: Record<string, string>): Promise<Item[]> =>
    everyItem(table, { KeyConditionExpression, ExpressionAttributeValues: toItem(values), ConsistentRead: true });
  return {
    async listLog(tenant, range, limit) {
      const { Items = [], LastEvaluatedKey } = await queryPage(table, {
        IndexName: INDEX.tenantLog,
        ...logRange(tenant, range),
        ScanIndexForward: false,
        Limit: limit,
      });
      const positions = Items.map(({ logOrder }) => logOrder?.S ?? '').filter((position) => position !== range.after);
      return {
        entries: positions.flatMap((position) => logEntryAt(tenant, position) ?? []),
        isLast: LastEvaluatedKey === undefined,
        unknown: positions.filter((position) => !logEntryAt(tenant, position)),
        ...(positions.length > 0 && { last: positions.at(-1) }),
      };
    },

    async readStates(keys) {
      const items = await readAll(table, keys.map(stateItemKey));
      const stored = items.map((item) => [idIn(item), storedStateOf(NOTIFICATION, item)] as const);
      return new Map(stored.flatMap(([id, state]) => (state ? [[id, state] as const] : [])));
    },

    async readContents(keys) {
      const rows = keys.flatMap((key) => [contentItemKey(key), outcomesItemKey(key)]);
      const byId = Map.groupBy(await readAll(table, rows), idIn);
      return new Map(keys.map(({ notificationId }) => [notificationId, loggedContent(byId.get(notificationId) ?? [])]));
    },

    async readProgress(keys) {
      const rows = keys.flatMap((key) => [stateItemKey(key), outcomesItemKey(key)]);
      const byId = Map.groupBy(await readAll(table, rows), idIn);
      return keys.flatMap((key) => logged(key, byId.get(key.notificationId) ?? []) ?? []);
    },

    async readLogged(key) {
      const { pk, sk } = stateItemKey(key);
      const expression = 'pk = :pk AND sk BETWEEN :first AND :last';
      const items = await query(expression, { ':pk': pk, ':first': sk, ':last': outcomesItemKey(key).sk });
      return logged(key, items);
    },

    async readLoggedOf(subject) {
      const items = await query('pk = :pk AND begins_with(sk, :notification)', {
        ':pk': partitionKeyOf(subject),
        ':notification': SORT_KEY.notification,
      });
      return [...Map.groupBy(items, idIn)].flatMap(([id, own]) => {
        const key = notificationKey(subject.tenant, id);
        return (key && logged(key, own)) ?? [];
      });
    },
  };
}

/**
 * The rows of a tenant's log within a range. A position is a timestamp and an id, so it never equals a timestamp alone,
 * and both bounds may be inclusive. If this release does not know the id in `after`, no start key can be built from it.
 * The page then begins with that position, and the caller removes it.
 */
function logRange(tenant: string, { from = START_OF_TIME, to = END_OF_TIME, after }: LogRange) {
  const position = after === undefined ? undefined : logEntryAt(tenant, after);
  return {
    KeyConditionExpression: 'logTenant = :tenant AND logOrder BETWEEN :from AND :to',
    ExpressionAttributeValues: toItem({ ':tenant': tenant, ':from': from, ':to': position ? to : (after ?? to) }),
    ...(position && {
      ExclusiveStartKey: toItem({ ...stateItemKey(position.key), logTenant: tenant, logOrder: position.position }),
    }),
  };
}

const [START_OF_TIME, END_OF_TIME] = ['0', '~'];

function logEntryAt(tenant: string, position: string): LogEntry | undefined {
  const key = notificationKey(tenant, position.slice(position.indexOf('#') + 1));
  return key && { key, position };
}

/** The id of the notification that a row belongs to. It works for every type of its rows. */
function idIn({ sk }: Item): string {
  const [, id = ''] = sk?.S?.split('#') ?? [];
  return decodeURIComponent(id);
}

function logged(key: NotificationKey, items: readonly Item[]): LoggedNotification | undefined {
  const stored = storedStateOf(NOTIFICATION, rowOf(NOTIFICATION, items));
  return stored && { key, stored, ...loggedContent(items) };
}

function loggedContent(items: readonly Item[]): LoggedContent {
  const content = rowOf(CONTENT, items);
  return { ...(content && { content: contentOf(content) }), events: recipientEventsOf(rowOf(OUTCOMES, items)) };
}

const rowOf = ({ name }: Shape<unknown>, items: readonly Item[]): Item | undefined =>
  items.find(({ type }) => type?.S === name);

/** Most calls for one batch. A response has at most 16 MB, and fifty long contents need more than one response. */
const MOST_TRIES = 4;

async function readAll(table: Table, keys: readonly ItemKey[]): Promise<Item[]> {
  const items: Item[] = [];
  let left = keys.map(toItem);
  for (let tries = 0; tries < MOST_TRIES && left.length > 0; tries += 1) {
    const read = await readBatch(table, left);
    items.push(...read.items);
    left = read.left;
  }
  if (left.length > 0) throw new StoreUnavailable('DynamoDB left keys unread.');
  return items;
}
