import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { OutboxRecord, StateStores } from '#shared/once/ports.ts';
import type { OutboxScan, ReplayList } from '#shared/replay/ports.ts';
import { REPLAY } from '#shared/replay/replay.ts';

/** The outbox records of all subjects in memory, a few on each page, in the order of their commits. */
export function memoryOutboxScan({ outbox }: { outbox: ReadonlyMap<string, OutboxRecord> }, pageRows = 2): OutboxScan {
  return {
    async scanOutbox({ type, tenant }, position) {
      const start = Number(position ?? 0);
      const page = [...outbox.values()].slice(start, start + pageRows);
      const records = page.filter(
        ({ subject }) => subject.type === type && (tenant === undefined || subject.tenant === tenant),
      );
      return {
        examined: page.length,
        records: structuredClone(records),
        unreadable: [],
        ...(start + pageRows < outbox.size && { position: String(start + pageRows) }),
      };
    },
  };
}

type States = StateStores & { states: ReadonlyMap<string, { key: StateKey; stored: StoredState<unknown> }> };

/** The replays in memory. */
export function memoryReplayList({ states, statesOf }: States): ReplayList {
  return {
    async listReplays() {
      const keys = [...states.values()].flatMap(({ key }) => (key.part?.type === REPLAY.name ? key : []));
      const replays = await Promise.all(keys.map((key) => statesOf(REPLAY).read(key)));
      return replays.flatMap((stored) => stored?.state ?? []);
    },
  };
}
