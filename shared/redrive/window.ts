import { nextVersion, type StoredState } from '#shared/messaging/rows.ts';
import { type StateStore, StoreUnavailable } from '#shared/once/ports.ts';
import { CHUNK_MEMBERS, chunkKey, packed, type RedriveChunk, type RedriveMember, unpacked } from './members.ts';
import type { Redrive, RedriveProgress } from './redrive.ts';

/** The members that a worker reads at once: from the first that has not ended to the next that is sent. */
export type Window = {
  /** The position of the first member. */
  first: number;
  members: RedriveMember[];
  chunks: readonly StoredState<RedriveChunk>[];
};

/** The chunk of a member at this position of the set, from 0. */
export const chunkOf = (position: number): number => Math.floor(position / CHUNK_MEMBERS);

export async function readWindow(
  { set, plan }: Pick<Redrive, 'set' | 'plan'>,
  { firstOpenChunk, next }: RedriveProgress,
  store: Pick<StateStore<RedriveChunk>, 'read'>,
): Promise<Window> {
  const last = Math.min(chunkOf(next), chunkOf(plan.members - 1));
  const indexes = Array.from({ length: Math.max(0, last - firstOpenChunk + 1) }, (_, index) => firstOpenChunk + index);
  const chunks = await Promise.all(
    indexes.map(async (index) => {
      const chunk = await store.read(chunkKey(set.id, index));
      if (!chunk) throw new StoreUnavailable('A part of the set is not seen yet.');
      return chunk;
    }),
  );
  const members = chunks.flatMap(({ state }) => unpacked(state.members));
  return { first: firstOpenChunk * CHUNK_MEMBERS, members, chunks };
}

/** Stores the chunks whose members have changed. A chunk that another worker has changed is a conflict. */
export async function keepWindow(
  { members, chunks }: Window,
  { set }: Pick<Redrive, 'set'>,
  store: Pick<StateStore<RedriveChunk>, 'replace'>,
): Promise<void> {
  await Promise.all(
    chunks.map(async (chunk, index) => {
      const text = packed(members.slice(index * CHUNK_MEMBERS, (index + 1) * CHUNK_MEMBERS));
      if (text === chunk.state.members) return;
      const next = nextVersion(chunk, { ...chunk.state, members: text }, undefined);
      const result = await store.replace(chunkKey(set.id, chunk.state.index), chunk.version, next);
      if (result.kind === 'conflict') throw new StoreUnavailable('Another worker has continued the redrive.');
    }),
  );
}

/** The position of the first member from `from` on that was neither sent nor skipped. */
export function nextWaiting({ first, members }: Window, from: number): number {
  const index = members.findIndex(({ result }, at) => first + at >= from && result === undefined);
  return index === -1 ? Math.max(from, first + members.length) : first + index;
}
