import type { DueMinute } from '#shared/statistics/due.ts';
import { addedChannels } from '#shared/statistics/figures.ts';
import type { CountedMinute, Minute, StatisticsStore } from '#shared/statistics/ports.ts';

type Row = Minute & { dueAt?: number; taken?: string; counted?: CountedMinute };

/** Statistics in memory, with the same conditions as in the table, and with additional methods for tests. */
export type MemoryStatistics = StatisticsStore & {
  dueMinutes(): DueMinute[];
  /** Removes all marks and all figures. */
  wipe(): void;
};

export function memoryStatistics(): MemoryStatistics {
  const rows = new Map<string, Row>();
  const rowOf = ({ tenant, minute }: Minute): Row => {
    const name = JSON.stringify([tenant, minute]);
    const row = rows.get(name) ?? { tenant, minute };
    rows.set(name, row);
    return row;
  };
  return {
    dueMinutes: () =>
      [...rows.values()].flatMap(({ tenant, minute, dueAt }) =>
        dueAt === undefined ? [] : [{ dueAt, minute: { tenant, minute } }],
      ),
    wipe: () => rows.clear(),

    async markMinute(minute, dueAt) {
      const row = rowOf(minute);
      if (row.dueAt !== undefined && row.taken === undefined) return row.dueAt;
      row.dueAt = dueAt;
      delete row.taken;
      return dueAt;
    },

    async takeMinute(minute, nonce, now) {
      const row = rowOf(minute);
      const { restsUntil = 0 } = row.counted ?? {};
      if (row.dueAt === undefined || row.dueAt > now) return false;
      if (restsUntil > now) row.dueAt = restsUntil;
      else row.taken = nonce;
      return row.taken === nonce;
    },

    async keepMinute(minute, nonce, counted) {
      const row = rowOf(minute);
      const isMarkedAgain = row.dueAt !== undefined && row.taken === undefined;
      if (row.taken !== nonce && !isMarkedAgain) return;
      row.counted = structuredClone(counted);
      if (isMarkedAgain) return;
      delete row.dueAt;
      delete row.taken;
    },

    async readMinute(minute) {
      const { figures, isPartial } = rowOf(minute).counted ?? {};
      return figures && structuredClone({ figures, ...(isPartial && { isPartial }) });
    },

    async postponeMinute(minute, dueAt) {
      const row = rowOf(minute);
      if (row.dueAt !== undefined) row.dueAt = dueAt;
    },

    async readHours(tenant, from, to) {
      const counted = [...rows.values()].filter((row) => row.tenant === tenant && row.counted);
      const hours = Map.groupBy(counted, ({ minute }) => minute.slice(0, 13));
      return [...hours]
        .filter(([hour]) => hour >= from && hour <= to)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([hour, minutes]) => ({
          hour,
          figures: minutes.map((row) => row.counted?.figures ?? {}).reduce(addedChannels, {}),
          ...(minutes.some((row) => row.counted?.isPartial) && { isPartial: true as const }),
        }));
    },
  };
}
