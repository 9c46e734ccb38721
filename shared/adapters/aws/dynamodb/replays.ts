import type { ReplayList } from '#shared/replay/ports.ts';
import { REPLAY, REPLAYS } from '#shared/replay/replay.ts';
import { storedStateOf, toItem } from './items.ts';
import { partitionKeyOf, stateItemKey } from './keys.ts';
import { everyItem, type Table } from './table.ts';

/** The replays of the stage. They are few, and in one partition. */
export function replayList(table: Table): ReplayList {
  return {
    async listReplays() {
      const { sk: begin } = stateItemKey({ ...REPLAYS, part: { type: REPLAY.name, id: '' } });
      const items = await everyItem(table, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :begin)',
        ExpressionAttributeValues: toItem({ ':pk': partitionKeyOf(REPLAYS), ':begin': begin }),
      });
      return items.flatMap((item) => storedStateOf(REPLAY, item)?.state ?? []);
    },
  };
}
