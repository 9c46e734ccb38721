import { AUTOMATIC_REDRIVE } from '#shared/automatic-redrive/automatic-redrive.ts';
import type { AutomaticRedriveList } from '#shared/automatic-redrive/ports.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { StateStores } from '#shared/once/ports.ts';

type States = StateStores & { states: ReadonlyMap<string, { key: StateKey }> };

/** The automatic redrives in memory. */
export function memoryAutomaticRedrives({ states, statesOf }: States): AutomaticRedriveList {
  return {
    async listAutomaticRedrives() {
      const keys = [...states.values()].flatMap(({ key }) => (key.part?.type === AUTOMATIC_REDRIVE.name ? key : []));
      const all = await Promise.all(keys.map((key) => statesOf(AUTOMATIC_REDRIVE).read(key)));
      return all.flatMap((stored) => stored?.state ?? []);
    },
  };
}
