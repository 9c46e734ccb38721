import { AUTOMATIC_REDRIVE, AUTOMATIC_REDRIVES } from '#shared/automatic-redrive/automatic-redrive.ts';
import type { AutomaticRedriveList } from '#shared/automatic-redrive/ports.ts';
import { storedStateOf, toItem } from './items.ts';
import { partitionKeyOf, stateItemKey } from './keys.ts';
import { everyItem, type Table } from './table.ts';

/** The automatic redrives of the stage. They are few, and in one partition. */
export function automaticRedriveList(table: Table): AutomaticRedriveList {
  return {
    async listAutomaticRedrives() {
      const { sk: begin } = stateItemKey({ ...AUTOMATIC_REDRIVES, part: { type: AUTOMATIC_REDRIVE.name, id: '' } });
      const items = await everyItem(table, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :begin)',
        ExpressionAttributeValues: toItem({ ':pk': partitionKeyOf(AUTOMATIC_REDRIVES), ':begin': begin }),
      });
      return items.flatMap((item) => storedStateOf(AUTOMATIC_REDRIVE, item)?.state ?? []);
    },
  };
}
