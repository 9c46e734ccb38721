import type { Clock, Randomness } from '#shared/messaging/system.ts';
import type { RedriveCommand } from './decider.ts';
import { frozenSet, type PlanningPorts } from './planning.ts';
import type { RedriveSets } from './planning-ports.ts';
import type { Redrive } from './redrive.ts';

export type PlanCommandPorts = PlanningPorts & { redriveSets: Pick<RedriveSets, 'writeSet'>; clock: Clock };

/** What is asked for. @property setId the name of the set, new for each call. */
type Asked = Pick<Redrive, 'redriveId' | 'actor' | 'selection'> & { setId: ReturnType<Randomness['nonce']> };

/** How a redrive runs if nothing else is asked for. */
export const DEFAULT_PACE: Pick<Redrive, 'ratePerSecond' | 'canary' | 'stopAbove'> = {
  ratePerSecond: 50,
  canary: [1, 10, 100],
  stopAbove: 0.1,
};

/** The rows of a set are kept for this time, whatever becomes of it. A redrive of the largest set takes a day at one a second. */
const SET_KEPT_SECONDS = 90 * 24 * 60 * 60;

/** Freezes a set, writes it, and returns the command that names it. @throws RequestRefused like `frozenSet`. */
export async function planCommand(
  { redriveId, actor, selection, setId }: Asked,
  pace: typeof DEFAULT_PACE,
  ports: PlanCommandPorts,
): Promise<RedriveCommand> {
  const { plan, chunks } = await frozenSet(selection, ports);
  const set = { id: setId, chunks: chunks.length };
  await ports.redriveSets.writeSet(set.id, chunks, Math.ceil(ports.clock.now() / 1000) + SET_KEPT_SECONDS);
  return { type: 'PlanRedrive', planned: { redriveId, actor, selection, ...pace, plan, set } };
}
