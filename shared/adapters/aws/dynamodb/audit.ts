import { AUDIT, AUDIT_ENTRY, auditKey } from '#shared/dead-letter/audit.ts';
import type { AuditList } from '#shared/dead-letter/ports.ts';
import { storedStateOf, toItem } from './items.ts';
import { partitionKeyOf, stateItemKey } from './keys.ts';
import { queryPage, type Table } from './table.ts';

/** The audit entries of the stage, in one partition in the order of their ids, which begin with the time. */
export function auditList(table: Table): AuditList {
  const positionOf = (auditId: string): string => stateItemKey(auditKey(auditId)).sk;
  return {
    async listAudit({ from, to, after }, limit) {
      const { Items = [] } = await queryPage(table, {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: toItem({
          ':pk': partitionKeyOf(AUDIT),
          ':from': positionOf(from === undefined ? '' : String(from)),
          ':to': positionOf(after ?? (to === undefined ? LAST : String(to))),
        }),
        ScanIndexForward: false,
        Limit: limit + 1,
      });
      const entries = Items.flatMap((item) => storedStateOf(AUDIT_ENTRY, item)?.state ?? []);
      return entries.filter(({ auditId }) => auditId !== after).slice(0, limit);
    },
  };
}

/** Greater than every id, because ids begin with a digit. */
const LAST = 'a';
