import { RequestRefused } from '#shared/http/request-refused.ts';
import type { Log } from '#shared/messaging/system.ts';
import { FUNCTION } from '#shared/names.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { redriveDecider } from '#shared/redrive/decider.ts';
import { DEFAULT_PACE, type PlanCommandPorts, planCommand } from '#shared/redrive/plan-command.ts';
import { frozenSet, MOST_MEMBERS } from '#shared/redrive/planning.ts';
import { isInProgress, PLAN_VALID_MS, type Redrive, redriveKey, reservationKey } from '#shared/redrive/redrive.ts';
import { type ReservationPorts, reservationsFor } from '#shared/redrive/reservations.ts';
import { type AutomaticRedrive, actorOf, redriveIdOf } from './automatic-redrive.ts';
import type { Situation } from './decider.ts';
import type { Rounds } from './ports.ts';

export type RoundPorts = ExecutorPorts & PlanCommandPorts & ReservationPorts & { log: Log };

/** Codes with which the worker of an earlier release has ended a redrive, without saying that it was the worker. */
const ENDED_BY_WORKER: readonly string[] = [
  'TOO_MANY_FAILURES',
  'NOT_SENT',
  'LEASE_OVER',
  'STORE_UNAVAILABLE',
  'INTERNAL_ERROR',
];

/** How long after its end a redrive is looked at. The lists of dead letters lag behind their rows by less. */
const SETTLED_MS = 5000;

/** Nothing is open any more, a person has the group, or its subscriber is paused: the next look sees it. */
const PASSING: readonly string[] = ['NOTHING_SELECTED', 'REDRIVE_IN_PROGRESS', 'SUBSCRIBER_PAUSED'];

const SWITCHED_OFF = 'Automatic redrives are switched off.';

/**
 * The redrives of rounds. They are planned and started by the same code as those of people, with an alarm as the actor. So
 * they have the same plan, canary, rate, reservations and audit entries.
 */
export function redriveRounds(ports: RoundPorts): Rounds {
  const { redrives, reservations, clock, log } = ports;
  const read = async (state: AutomaticRedrive): Promise<Redrive | undefined> =>
    (await redrives.read(redriveKey(redriveIdOf(state))))?.state;
  return {
    async standingOf(state) {
      const redrive = await read(state);
      return redrive ? standing(redrive, clock.now()) : 'missing';
    },

    async outlookOf({ fingerprint }) {
      try {
        const { plan: outlook } = await frozenSet({ fingerprint }, ports);
        return { open: outlook.members - outlook.counts.dropped, left: outlook.dropped };
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        // Too many for a redrive: the round itself is refused, with the reason.
        return { open: error.code === 'NOTHING_SELECTED' ? 0 : MOST_MEMBERS, left: [] };
      }
    },

    async isTaken(state) {
      const reserved = await reservations.read(reservationKey(state.fingerprint));
      if (!reserved || reserved.state.redriveId === redriveIdOf(state)) return false;
      const other = await redrives.read(redriveKey(reserved.state.redriveId));
      return other !== undefined && isInProgress(other.state);
    },

    async start(state) {
      try {
        if (!(await read(state))) await plan(state, ports);
        const redrive = await read(state);
        if (redrive?.status === 'planned') await start(state, redrive, ports);
        return undefined;
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        log.warn('Automatic redrive not started', { code: error.code });
        return PASSING.includes(error.code) ? undefined : error.code;
      }
    },

    async stop(state) {
      const redrive = await read(state);
      if (!redrive || !isInProgress(redrive)) return;
      const command = { type: 'StopRedrive', reason: SWITCHED_OFF } as const;
      await executeTransition({ ...roundOf(state, ports), command }, causeOf(state, 'stop'), ports);
    },
  };
}

function standing({ status, plan, endedAt, ...stop }: Redrive, now: number): Situation['redrive'] {
  if (endedAt !== undefined && now < Date.parse(endedAt) + SETTLED_MS) return 'running';
  switch (status) {
    case 'planned':
      return now > Date.parse(plan.frozenAt) + PLAN_VALID_MS ? 'expired' : 'planned';
    case 'stopped':
      return isByWorker(stop) ? 'failed' : 'stopped-by-person';
    default:
      return status;
  }
}

const isByWorker = ({ stoppedBy, stoppedBecause = '' }: Pick<Redrive, 'stoppedBy' | 'stoppedBecause'>): boolean =>
  stoppedBy === undefined ? ENDED_BY_WORKER.includes(stoppedBecause) : stoppedBy === 'worker';

async function plan(state: AutomaticRedrive, ports: RoundPorts): Promise<void> {
  const { fingerprint } = state;
  const asked = { redriveId: redriveIdOf(state), actor: actorOf(state), selection: { fingerprint } };
  const readCommand = () => planCommand({ ...asked, setId: ports.random.nonce() }, DEFAULT_PACE, ports);
  await executeTransition({ ...roundOf(state, ports), readCommand }, causeOf(state, 'plan'), ports);
}

async function start(state: AutomaticRedrive, redrive: Redrive, ports: RoundPorts): Promise<void> {
  const related = () => reservationsFor(redrive, ports);
  const command = { type: 'StartRedrive' } as const;
  await executeTransition({ ...roundOf(state, ports), command, related }, causeOf(state, 'start'), ports);
}

/** What the transitions of a round have in common. */
const roundOf = (state: AutomaticRedrive, { random }: RoundPorts) => ({
  decider: redriveDecider,
  key: redriveKey(redriveIdOf(state)),
  terms: { actor: actorOf(state), nonce: random.nonce() },
});

const causeOf = (state: AutomaticRedrive, step: string) => ({
  subscriber: FUNCTION.redriveOnAlarm,
  transitionId: `${step}-${redriveIdOf(state)}`,
  metadata: { correlationId: redriveIdOf(state) },
});
