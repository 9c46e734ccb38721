import { nextVersion, type StoredState } from '#shared/messaging/rows.ts';
import { type StateStore, StoreUnavailable } from '#shared/once/ports.ts';
import { unpackedLate } from './late.ts';
import { CHUNK_MEMBERS, chunkKey, packed, type RedriveChunk, type RedriveMember, unpacked } from './members.ts';
import type { Redrive, RedriveProgress } from './redrive.ts';

/** The members that a worker reads at once: some that were sent and have not ended, and the next that are sent. */
export type Window = {
  members: RedriveMember[];
  /** In the order of their positions. Each but the last of the set has `CHUNK_MEMBERS` members. */
  chunks: readonly StoredState<RedriveChunk>[];
  /** The first chunk that the next look takes, of those that are left behind. */
  lookFrom: number;
};

/** Chunks that are left behind and are read at once. */
const LOOKED_CHUNKS = 8;

/** The chunk of a member at this position of the set, from 0. */
export const chunkOf = (position: number): number => Math.floor(position / CHUNK_MEMBERS);

/** The position in the set of a member of the window. */
export const positionAt = ({ chunks }: Pick<Window, 'chunks'>, index: number): number =>
  (chunks[chunkOf(index)]?.state.index ?? 0) * CHUNK_MEMBERS + (index % CHUNK_MEMBERS);

/** The position after the last member of the window. */
export const endOf = (window: Window): number =>
  window.members.length === 0 ? 0 : positionAt(window, window.members.length - 1) + 1;

export async function readWindow(
  { set, plan }: Pick<Redrive, 'set' | 'plan'>,
  progress: RedriveProgress,
  store: Pick<StateStore<RedriveChunk>, 'read'>,
): Promise<Window> {
  const { firstOpenChunk, next } = progress;
  const last = Math.min(chunkOf(next), chunkOf(plan.members - 1));
  const current = Array.from({ length: Math.max(0, last - firstOpenChunk + 1) }, (_, index) => firstOpenChunk + index);
  const { behind, lookFrom } = chunksBehind(progress);
  const chunks = await Promise.all(
    [...behind, ...current].map(async (index) => {
      const chunk = await store.read(chunkKey(set.id, index));
      if (!chunk) throw new StoreUnavailable('A part of the set is not seen yet.');
      return chunk;
    }),
  );
  const members = chunks.flatMap(({ state }) => unpacked(state.members));
  return { members, chunks, lookFrom };
}

/** The chunks of late members in turn, so that a few that are slow do not keep the others from being looked at. */
function chunksBehind({ late, lookFrom = 0 }: RedriveProgress): { behind: number[]; lookFrom: number } {
  const all = [...new Set(unpackedLate(late).map(({ position }) => chunkOf(position)))];
  if (all.length <= LOOKED_CHUNKS) return { behind: all, lookFrom };
  const from = all.findIndex((chunk) => chunk >= lookFrom);
  const inTurn = from === -1 ? all : [...all.slice(from), ...all.slice(0, from)];
  const behind = inTurn.slice(0, LOOKED_CHUNKS);
  return { behind: behind.toSorted((one, other) => one - other), lookFrom: (behind.at(-1) ?? -1) + 1 };
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
export function nextWaiting(window: Window, from: number): number {
  const index = window.members.findIndex(({ result }, at) => result === undefined && positionAt(window, at) >= from);
  return index === -1 ? Math.max(from, endOf(window)) : positionAt(window, index);
}
