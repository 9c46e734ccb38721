import type { StateKey } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';

/**
 * The generations of a read model. Each is a complete set of rows, beside the others. A replay builds the next
 * generation while the current one is read, and this row then changes which one is read.
 */
export type Generations = {
  /** The highest generation that was ever begun. None is used twice. */
  latest: number;
  /** The generation that is read and written for every tenant that is not in `ofTenants`. */
  live: number;
  /** The generations of tenants that were rebuilt alone since the last replay of all tenants. */
  ofTenants: Readonly<Record<string, number>>;
  /** What a running replay builds. Absent: no replay is running. */
  building?: Building;
};

export type Building = {
  replayId: string;
  generation: number;
  /** Absent: all tenants. */
  tenant?: string;
};

export const GENERATIONS = shapeOf<Generations>('projection');

/** A read model without this row was never rebuilt. */
export const FIRST_GENERATIONS: Generations = { latest: 1, live: 1, ofTenants: {} };

/** One row for each read model, by its name. It belongs to no tenant: the tenant is empty. */
export const generationsKey = (projection: string): StateKey => ({
  tenant: '',
  type: GENERATIONS.name,
  id: projection,
});

/** The generation that is read for a tenant. */
export const liveGeneration = ({ live, ofTenants }: Generations, tenant: string): number =>
  (Object.hasOwn(ofTenants, tenant) ? ofTenants[tenant] : undefined) ?? live;

/** The generations that every change is written to: the one that is read, and the one that is built. */
export function writtenGenerations(generations: Generations, tenant: string): number[] {
  const { building } = generations;
  const live = liveGeneration(generations, tenant);
  return building && covers(building, tenant) ? [live, building.generation] : [live];
}

/** Whether a replay for this tenant, or for all, includes the tenant. */
export const covers = (scope: { tenant?: string }, tenant: string): boolean =>
  scope.tenant === undefined || scope.tenant === tenant;

/** The next generation is begun. */
export function begun(before: Generations, replayId: string, tenant: string | undefined): Generations {
  const generation = before.latest + 1;
  const building = { replayId, generation, ...(tenant !== undefined && { tenant }) };
  return { ...before, latest: generation, building };
}

/** The generation that this replay builds is no longer written. It was never read. */
export function abandoned(before: Generations, replayId: string): Generations {
  const { building, ...others } = before;
  return building?.replayId === replayId ? others : before;
}

/** The generation that this replay has built is now the one that is read. */
export function switched(before: Generations, replayId: string): Generations {
  const { building, ...others } = before;
  if (building?.replayId !== replayId) return before;
  const { generation, tenant } = building;
  if (tenant === undefined) return { ...others, live: generation, ofTenants: {} };
  return { ...others, ofTenants: { ...others.ofTenants, [tenant]: generation } };
}
