import { type Decider, type Decision, NOTHING_ANNOUNCED } from '#shared/messaging/decider.ts';
import {
  AUTOMATIC_REDRIVE,
  type AutomaticRedrive,
  dueOf,
  type LeftForPerson,
  MOST_ROUNDS,
  usedRounds,
} from './automatic-redrive.ts';

/** How long the controller waits, in milliseconds. */
export type Pace = {
  /** Before the first round. Each round after it waits twice as long as the one before. */
  coolDownMs: number;
  /** How long no dead letter of the group is open until the incident has ended. */
  calmMs: number;
};

/** What is true about a group when it is looked at. */
export type Situation = {
  /** Open dead letters that a redrive would send. */
  open: number;
  /** Why a redrive would drop the others. */
  left: LeftForPerson['reasons'];
  isTransient: boolean;
  /** Whether another redrive, of a person, has the group. */
  isTaken: boolean;
  /** Whether an operator has paused the subscriber. A round would fail for that reason alone, so it waits. */
  isPaused: boolean;
  /** The redrive of the last round. `missing`: it does not exist yet. */
  redrive: 'missing' | 'planned' | 'expired' | 'running' | 'paused' | 'done' | 'failed' | 'stopped-by-person';
};

export type AutomaticCommand =
  /** The alarm is on, and the group has open dead letters with a transient reason. */
  | { type: 'SeeFailures'; fingerprint: string; alarm: string; pace: Pace }
  | { type: 'Review'; situation: Situation; pace: Pace }
  /** The redrive of the round cannot be planned. @property because a code */
  | { type: 'RefuseRound'; because: string; pace: Pace }
  /** The stage's setting switches automatic redrives off. */
  | { type: 'SwitchOff' };

export type AutomaticEvent =
  | { type: 'IncidentBegan'; at: string; fingerprint: string; alarm: string; dueAt: number }
  | { type: 'RoundStarted'; at: string; dueAt: number }
  | { type: 'FailedAgain'; at: string; dueAt: number }
  /** Its redrive was planned, and could not be started while the plan was valid. */
  | { type: 'RoundUnused'; at: string; dueAt: number }
  | { type: 'BecameCalm'; at: string; dueAt: number; left?: LeftForPerson }
  | { type: 'GivenUp'; at: string; because: string; dueAt: number; left?: LeftForPerson }
  | { type: 'IncidentEnded'; at: string; because?: string; left?: LeftForPerson }
  | { type: 'Postponed'; dueAt: number };

/** Pause between two looks at a redrive that runs. */
const FOLLOW_MS = 15_000;

/** Decides about the automatic redrives of one group. It announces nothing: the controller acts on the events. */
export const automaticDecider: Decider<AutomaticRedrive, AutomaticCommand, AutomaticEvent> = {
  shape: AUTOMATIC_REDRIVE,
  decide: (command, state, { now }) => {
    switch (command.type) {
      case 'SeeFailures':
        return accepted(seen(command, state, now));
      case 'Review':
        return accepted(state && reviewed(state, command, now));
      case 'RefuseRound':
        return accepted(state?.status === 'redriving' ? givenUp(command.because, command.pace, now, []) : undefined);
      case 'SwitchOff':
        return accepted(state && state.status !== 'ended' ? ended(now, 'SWITCHED_OFF') : undefined);
      default:
        return command satisfies never;
    }
  },
  evolve: (state, event) => {
    if (event.type === 'IncidentBegan') return newIncident(state, event);
    if (!state) throw new Error('Automatic redrives begin with an incident.');
    return evolved(state, event);
  },
  announce: () => NOTHING_ANNOUNCED,
  answer: (state) => ({ ...state }),
  due: dueOf,
};

const accepted = (event: AutomaticEvent | undefined): Decision<AutomaticEvent> => ({
  kind: 'accepted',
  events: event ? [event] : [],
});

const isoOf = (now: number): string => new Date(now).toISOString();

function seen(
  { fingerprint, alarm, pace }: Extract<AutomaticCommand, { type: 'SeeFailures' }>,
  state: AutomaticRedrive | undefined,
  now: number,
): AutomaticEvent | undefined {
  if (!state || state.status === 'ended')
    return { type: 'IncidentBegan', at: isoOf(now), fingerprint, alarm, dueAt: now + pace.coolDownMs };
  return state.status === 'calm' ? failedAgain(state, pace, now, []) : undefined;
}

function reviewed(
  state: AutomaticRedrive,
  { situation, pace }: Extract<AutomaticCommand, { type: 'Review' }>,
  now: number,
): AutomaticEvent | undefined {
  const { open, left } = situation;
  switch (state.status) {
    case 'waiting':
      if (open === 0) return calm(pace, now, left);
      if (!situation.isTransient) return ended(now, 'NOT_TRANSIENT');
      if (isHeld(situation)) return { type: 'Postponed', dueAt: now + pace.coolDownMs };
      return { type: 'RoundStarted', at: isoOf(now), dueAt: now + FOLLOW_MS };
    case 'redriving':
      return followed(state, situation, pace, now);
    case 'calm':
      return open === 0
        ? stillCalm(state, left, pace, now)
        : isHeld(situation)
          ? { type: 'Postponed', dueAt: now + pace.coolDownMs }
          : failedAgain(state, pace, now, left);
    case 'given-up':
      return open === 0 ? calm(pace, now, left) : { type: 'Postponed', dueAt: now + pace.coolDownMs };
    case 'ended':
      return undefined;
    default:
      return state.status satisfies never;
  }
}

const stillCalm = ({ since }: AutomaticRedrive, left: Left, { calmMs }: Pace, now: number): AutomaticEvent =>
  now >= Date.parse(since) + calmMs
    ? ended(now, undefined, left)
    : { type: 'Postponed', dueAt: Date.parse(since) + calmMs };

/** Whether no round may begin now. What a redrive would drop is not known then. */
export const isHeld = ({ isTaken, isPaused }: Pick<Situation, 'isTaken' | 'isPaused'>): boolean => isTaken || isPaused;

/** The redrive of the round. A person who stops it decides that nothing more is tried. */
function followed(
  state: AutomaticRedrive,
  { redrive, open, left }: Situation,
  pace: Pace,
  now: number,
): AutomaticEvent {
  const follow: AutomaticEvent = { type: 'Postponed', dueAt: now + FOLLOW_MS };
  switch (redrive) {
    case 'missing':
      return open === 0 ? calm(pace, now, left) : follow;
    case 'planned':
    case 'running':
    case 'paused':
      return follow;
    case 'stopped-by-person':
      return open === 0 ? calm(pace, now, left) : givenUp('STOPPED_BY_PERSON', pace, now, left);
    case 'expired':
      return open === 0 ? calm(pace, now, left) : { type: 'RoundUnused', at: isoOf(now), dueAt: now + pace.coolDownMs };
    case 'done':
    case 'failed':
      return open === 0 ? calm(pace, now, left) : failedAgain(state, pace, now, left);
    default:
      return redrive satisfies never;
  }
}

type Left = LeftForPerson['reasons'];

const leftAt = (now: number, reasons: Left) => (reasons.length === 0 ? {} : { left: { at: now, reasons } });

function failedAgain(state: AutomaticRedrive, pace: Pace, now: number, left: Left): AutomaticEvent {
  const used = usedRounds(state);
  return used < MOST_ROUNDS
    ? { type: 'FailedAgain', at: isoOf(now), dueAt: now + pace.coolDownMs * 2 ** used }
    : givenUp('ROUNDS_USED_UP', pace, now, left);
}

const givenUp = (because: string, { coolDownMs }: Pace, now: number, left: Left): AutomaticEvent => ({
  type: 'GivenUp',
  at: isoOf(now),
  because,
  dueAt: now + coolDownMs,
  ...leftAt(now, left),
});

const calm = ({ calmMs }: Pace, now: number, left: Left): AutomaticEvent => ({
  type: 'BecameCalm',
  at: isoOf(now),
  dueAt: now + calmMs,
  ...leftAt(now, left),
});

const ended = (now: number, because?: string, left: Left = []): AutomaticEvent => ({
  type: 'IncidentEnded',
  at: isoOf(now),
  ...(because !== undefined && { because }),
  ...leftAt(now, left),
});

const newIncident = (
  before: AutomaticRedrive | undefined,
  { at, fingerprint, alarm, dueAt }: Extract<AutomaticEvent, { type: 'IncidentBegan' }>,
): AutomaticRedrive => ({
  fingerprint,
  incident: (before?.incident ?? 0) + 1,
  status: 'waiting',
  rounds: 0,
  alarm,
  beganAt: at,
  since: at,
  dueAt,
});

const STATUS = {
  RoundStarted: 'redriving',
  FailedAgain: 'waiting',
  RoundUnused: 'waiting',
  BecameCalm: 'calm',
  GivenUp: 'given-up',
  IncidentEnded: 'ended',
} as const;

function evolved(state: AutomaticRedrive, event: Exclude<AutomaticEvent, { type: 'IncidentBegan' }>): AutomaticRedrive {
  if (event.type === 'Postponed') return { ...state, dueAt: event.dueAt };
  const { because: _, left: __, dueAt, ...others } = state;
  return {
    ...others,
    status: STATUS[event.type],
    since: event.at,
    rounds: event.type === 'RoundStarted' ? state.rounds + 1 : state.rounds,
    ...(event.type === 'RoundUnused' && { unused: (state.unused ?? 0) + 1 }),
    ...('because' in event && { because: event.because }),
    ...('left' in event && { left: event.left }),
    ...('dueAt' in event && { dueAt: event.dueAt }),
  };
}
