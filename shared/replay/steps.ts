import { Failure } from '#shared/messaging/failure.ts';
import { nextVersion } from '#shared/messaging/rows.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { abandoned, covers, type Generations, generationsKey, liveGeneration, switched } from './generations.ts';
import type { IsRowOf, OutboxScan, Page, RebuildableProjection } from './ports.ts';
import { counted, PAUSE_MS, type Replay, type ReplayCounts, type Skipped, withSkipped } from './replay.ts';

export type StepPorts = {
  generations: StateStore<Generations>;
  outbox: OutboxScan;
  projections: Readonly<Record<string, RebuildableProjection>>;
  clock: Clock;
};

/** A replay after one step, and how long it has to wait before the next, from the beginning of this one. */
export type Advanced = { replay: Replay; pauseMs: number };

/** Least time of a page. It limits the read units: a page has a megabyte at most, which is 256 units. */
const PAGE_MS = 250;
/** Most writes a second. A list of one tenant is one partition, which accepts 1000, and the live writes need theirs. */
const WRITES_PER_SECOND = 400;

const paceOf = (writes: number): number => Math.max(PAGE_MS, (writes * 1000) / WRITES_PER_SECOND);

/** The row of the generations was changed by another process, or no longer has what it must have. */
class GenerationsChanged extends Failure {
  override readonly name = 'GenerationsChanged';
  readonly code = 'GENERATIONS_CHANGED';
  readonly retriable = true;
  readonly next = 'Nothing: the step is tried again.';
}

/** Does one step: a page, or one write. It may be repeated. */
export async function advance(replay: Replay, ports: StepPorts): Promise<Advanced> {
  const projection = ports.projections[replay.projection];
  if (!projection) throw new Error(`There is no read model ${replay.projection}.`);
  switch (replay.step) {
    case 'queued':
      return { replay: { ...replay, step: 'preparing' }, pauseMs: PAUSE_MS };
    case 'preparing':
      return { replay: { ...replay, step: replay.from === undefined ? 'building' : 'copying' }, pauseMs: 0 };
    case 'copying':
      return copied(replay, projection, ports);
    case 'building':
      return built(replay, projection, ports);
    case 'switching':
      await changeGenerations(replay, switched, ports);
      return settling({ ...replay, switchedAt: nowIn(ports) });
    case 'leaving':
      await changeGenerations(replay, abandoned, ports);
      return settling(replay);
    case 'settling': {
      const isDone = replay.status === 'running';
      const ended = isDone && ({ status: 'done', endedAt: nowIn(ports) } as const);
      return { replay: { ...replay, ...ended, step: 'deleting' }, pauseMs: 0 };
    }
    case 'deleting':
      return deleted(replay, projection);
    case 'finished':
      return { replay, pauseMs: 0 };
    default:
      return replay.step satisfies never;
  }
}

const nowIn = ({ clock }: StepPorts): string => new Date(clock.now()).toISOString();

const settling = (replay: Replay): Advanced => ({ replay: { ...replay, step: 'settling' }, pauseMs: PAUSE_MS });

/** The replay after a page of its step. After the last page, `then` is next. */
function afterPage(
  { position: _, ...replay }: Replay,
  { examined, position }: Page,
  counts: Partial<ReplayCounts>,
  then: Replay['step'],
): Replay {
  const next = { ...replay, counts: counted(replay.counts, { examined, ...counts }) };
  return position === undefined ? { ...next, step: then } : { ...next, position };
}

async function copied(replay: Replay, projection: RebuildableProjection, ports: StepPorts): Promise<Advanced> {
  const stored = await ports.generations.read(generationsKey(replay.projection));
  if (!stored) throw new GenerationsChanged('The generations have no row.');
  const isCopied: IsRowOf = (tenant, generation) =>
    covers(replay, tenant) && liveGeneration(stored.state, tenant) === generation;
  const { copied: count, ...page } = await projection.copy(isCopied, replay.generation, replay.position);
  return { replay: afterPage(replay, page, { copied: count }, 'building'), pauseMs: paceOf(count) };
}

async function built(replay: Replay, projection: RebuildableProjection, ports: StepPorts): Promise<Advanced> {
  const { tenant, from } = replay;
  const scope = { type: projection.subjectType, ...(tenant !== undefined && { tenant }) };
  const { records, unreadable, ...page } = await ports.outbox.scanOutbox(scope, replay.position);
  const stored = records
    .filter(({ createdAt }) => from === undefined || createdAt >= from)
    .flatMap((record) => record.messages.map((body, index) => ({ record, position: index + 1, body })));
  const { messages, written, skipped } = await projection.apply(stored, replay.generation);
  const all: Skipped[] = [...unreadable, ...skipped];
  const next = afterPage(replay, page, { messages, written }, 'switching');
  return { replay: { ...next, skipped: withSkipped(replay.skipped, all) }, pauseMs: paceOf(written) };
}

/** After a switch, everything older is deleted, also what an earlier replay may have left. Otherwise, what was built. */
async function deleted(replay: Replay, projection: RebuildableProjection): Promise<Advanced> {
  const isRemoved: IsRowOf = (tenant, generation) =>
    covers(replay, tenant) &&
    (replay.status === 'done' ? generation < replay.generation : generation === replay.generation);
  const { deleted: count, ...page } = await projection.remove(isRemoved, replay.position);
  return { replay: afterPage(replay, page, { deleted: count }, 'finished'), pauseMs: paceOf(count) };
}

/** One conditional write, or none if it has happened already. */
async function changeGenerations(
  { projection, replayId }: Replay,
  change: (before: Generations, replayId: string) => Generations,
  { generations }: StepPorts,
): Promise<void> {
  const key = generationsKey(projection);
  const stored = await generations.read(key);
  if (!stored) throw new GenerationsChanged('The generations have no row.');
  const next = change(stored.state, replayId);
  if (next === stored.state) return;
  const { kind } = await generations.replace(key, stored.version, nextVersion(stored, next, undefined));
  if (kind === 'conflict') throw new GenerationsChanged('The generations were changed in the meantime.');
}
