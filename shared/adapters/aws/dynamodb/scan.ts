import { Failure } from '#shared/messaging/failure.ts';
import { SORT_KEY } from '#shared/names.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import type { NotificationScan, ScannedNotification } from '#shared/notification/ports.ts';
import { unescaped } from '#shared/once/row-name.ts';
import { type Item, storedStateOf, toItem } from './items.ts';
import { subjectOf } from './keys.ts';
import { scanPage } from './scan-page.ts';
import type { Table } from './table.ts';

/**
 * Scans the whole table, for repairs. It does not use an index, because the fault to be repaired may have removed
 * the attributes that put a row into the index.
 */
export function dynamoScan({
  pageRows,
  ...table
}: Table & {
  /** Most rows of any kind in a page. A page also ends at DynamoDB's limit of one megabyte. */
  pageRows: number;
}): NotificationScan {
  return {
    async scanNotifications({ segment, segments, cursor }) {
      const { items, examined, position } = await scanPage(table, cursor, {
        Segment: segment,
        TotalSegments: segments,
        Limit: pageRows,
        FilterExpression: 'begins_with(sk, :notification) AND NOT contains(sk, :content)',
        ExpressionAttributeValues: toItem({ ':notification': SORT_KEY.notification, ':content': SORT_KEY.content }),
      });
      return {
        found: items.filter(isNotification).map(scanned),
        rows: examined,
        ...(position !== undefined && { cursor: position }),
      };
    },
  };
}

const sortKeyOf = ({ sk }: Item): string => sk?.S ?? '';

/** A notification's records have one more part in their sort key. Values of callers are escaped, so they add no `#`. */
const isNotification = (item: Item): boolean => !sortKeyOf(item).slice(SORT_KEY.notification.length).includes('#');

/** A row that cannot be read is reported. It does not stop the scan. */
function scanned(item: Item): ScannedNotification {
  const row = `${item.pk?.S ?? ''} ${sortKeyOf(item)}`;
  try {
    const subject = subjectOf(item.pk?.S ?? '');
    const notificationId = unescaped(sortKeyOf(item).slice(SORT_KEY.notification.length));
    const key = subject && notificationKey(subject.tenant, notificationId ?? '');
    const stored = storedStateOf(NOTIFICATION, item);
    if (!key || !stored) return { row, code: 'NOT_A_NOTIFICATION', detail: 'Its key is not that of a notification.' };
    return { key, stored };
  } catch (error) {
    if (error instanceof Failure) return { row, code: error.code, detail: error.message };
    // Only our own error texts are reported: a library's text may quote the data that it failed on.
    return { row, code: 'UNREADABLE', detail: 'The row cannot be read.' };
  }
}
