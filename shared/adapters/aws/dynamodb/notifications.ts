import { SORT_KEY } from '#shared/names.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import type { NotificationStore } from '#shared/notification/ports.ts';
import { storeFailure } from './failures.ts';
import { contentOf, renderedAttributes, renderedOf, storedStateOf, toItem } from './items.ts';
import { contentItemKey, partitionKeyOf, stateItemKey } from './keys.ts';
import { stateStore } from './states.ts';
import { everyItem, queryPage, type Table, update } from './table.ts';

const NOT_RENDERED = 'attribute_exists(pk) AND attribute_not_exists(rendered)';

/** States of notifications, with their content. */
export function notificationStore(table: Table): NotificationStore {
  return {
    ...stateStore(table, NOTIFICATION),

    async readWithContent(key) {
      const content = contentItemKey(key);
      const { Items: [stateRow, contentRow] = [] } = await queryPage(table, {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :state AND :content',
        ExpressionAttributeValues: toItem({
          ':pk': content.pk,
          ':state': stateItemKey(key).sk,
          ':content': content.sk,
        }),
        ConsistentRead: true,
      });
      const stored = storedStateOf(NOTIFICATION, stateRow);
      return stored && { stored, content: contentRow && contentOf(contentRow) };
    },

    async listOf(subject) {
      const items = await everyItem(table, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :notification)',
        FilterExpression: '#type = :type',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: toItem({
          ':pk': partitionKeyOf(subject),
          ':notification': SORT_KEY.notification,
          ':type': NOTIFICATION.name,
        }),
        ConsistentRead: true,
      });
      return items.flatMap((item) => {
        const stored = storedStateOf(NOTIFICATION, item);
        const notificationId = decodeURIComponent(item.sk?.S?.slice(SORT_KEY.notification.length) ?? '');
        return stored ? [{ notificationId, stored }] : [];
      });
    },

    async keepRendered(key, rendered) {
      const attributes = renderedAttributes(rendered);
      const { item, refusal } = await update(table, {
        Key: toItem(contentItemKey(key)),
        UpdateExpression: 'SET rendered = :rendered, renderedSchemaVersion = :version',
        ConditionExpression: NOT_RENDERED,
        ExpressionAttributeValues: toItem({
          ':rendered': attributes.rendered,
          ':version': attributes.renderedSchemaVersion,
        }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      return refusal ? (renderedOf(item) ?? storeFailure(refusal)) : rendered;
    },
  };
}
