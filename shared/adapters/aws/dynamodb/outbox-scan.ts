import { PoisonMessage } from '#shared/messaging/parse.ts';
import { SORT_KEY } from '#shared/names.ts';
import type { OutboxRecord } from '#shared/once/ports.ts';
import type { OutboxScan, OutboxScope } from '#shared/replay/ports.ts';
import type { Skipped } from '#shared/replay/replay.ts';
import { type Item, outboxRecordOf, toItem } from './items.ts';
import { subjectOf } from './keys.ts';
import { scanPage } from './scan-page.ts';
import type { Table } from './table.ts';

/** Most rows of any kind in a page. A page also ends at DynamoDB's limit of one megabyte. */
const PAGE_ROWS = 500;

/** Outbox rows of all subjects, for replays. They are in their subjects' partitions, and no index contains them. */
export function outboxScan(table: Table): OutboxScan {
  return {
    async scanOutbox({ type, tenant }, position) {
      const { items, ...page } = await scanPage(table, position, {
        Limit: PAGE_ROWS,
        FilterExpression: 'begins_with(sk, :outbox) AND contains(pk, :type)',
        ExpressionAttributeValues: toItem({ ':outbox': SORT_KEY.outbox, ':type': `#${type}#` }),
      });
      const read = items
        .filter((item) => isInScope(item, { type, ...(tenant !== undefined && { tenant }) }))
        .map(readable);
      return {
        ...page,
        records: read.flatMap((one) => ('reason' in one ? [] : [one])),
        unreadable: read.flatMap((one) => ('reason' in one ? [one] : [])),
      };
    },
  };
}

function isInScope(item: Item, { type, tenant }: OutboxScope): boolean {
  const subject = subjectOf(item.pk?.S ?? '');
  return subject?.type === type && (tenant === undefined || subject.tenant === tenant);
}

/** A row that can never be read is named. It does not stop the scan. */
function readable(item: Item): OutboxRecord | Skipped {
  try {
    return outboxRecordOf(item);
  } catch (error) {
    if (!(error instanceof PoisonMessage)) throw error;
    const { tenant = '', type = '', id = '' } = subjectOf(item.pk?.S ?? '') ?? {};
    return { tenant, subject: `${type}/${id}`, id: item.sk?.S ?? '', reason: error.reason, detail: error.message };
  }
}
