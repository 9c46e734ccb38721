import { type Decider, NOTHING_ANNOUNCED, type Rejection } from '#shared/messaging/decider.ts';
import type { Due } from '#shared/messaging/due.ts';
import { LEASE_MS, NOTHING_COUNTED, REPLAY, REPLAY_DUE, type Replay } from './replay.ts';
import { replayView } from './view.ts';

export type ReplayCommand = ({ type: 'StartReplay' } & Asked) | { type: 'StopReplay' };

export type ReplayEvent =
  | { type: 'ReplayStarted'; replay: Replay }
  | { type: 'ReplayStopped'; at: string; dueAt: number };

/** Starts and stops a replay. Its progress between is written by `run.ts`. It announces nothing. */
export const replayDecider: Decider<Replay, ReplayCommand, ReplayEvent> = {
  shape: REPLAY,
  decide: (command, replay, { now }) => {
    const at = new Date(now).toISOString();
    if (command.type === 'StartReplay') {
      if (replay) return { kind: 'rejected', rejection: ALREADY_STARTED };
      const { type, ...asked } = command;
      return { kind: 'accepted', events: [{ type: 'ReplayStarted', replay: started(asked, at, now) }] };
    }
    if (!replay) return { kind: 'rejected', rejection: REPLAY_NOT_FOUND };
    const rejection = refusalToStop(replay);
    if (rejection) return { kind: 'rejected', rejection };
    // Its rows are deleted when the worker's page has ended and no function writes them any more.
    return { kind: 'accepted', events: [{ type: 'ReplayStopped', at, dueAt: now + LEASE_MS }] };
  },
  evolve: (replay, event) => {
    if (event.type === 'ReplayStarted') return event.replay;
    if (!replay) throw new Error('A replay begins with its start.');
    const { position, ...others } = replay;
    return { ...others, status: 'stopped', step: 'settling', endedAt: event.at, dueAt: event.dueAt };
  },
  announce: () => NOTHING_ANNOUNCED,
  answer: replayView,
  due: dueOf,
};

type Asked = Pick<Replay, 'replayId' | 'projection' | 'generation' | 'tenant' | 'from'>;

const started = (asked: Asked, startedAt: string, dueAt: number): Replay => ({
  ...asked,
  status: 'running',
  step: 'queued',
  startedAt,
  counts: NOTHING_COUNTED,
  skipped: { count: 0, named: [] },
  failures: 0,
  dueAt,
});

export function dueOf({ dueAt }: Replay): Due | undefined {
  return dueAt === undefined ? undefined : { kind: REPLAY_DUE.name, at: dueAt };
}

function refusalToStop({ status, step, switchedAt }: Replay): Rejection | undefined {
  if (status !== 'running') return notRunning(status);
  if (step === 'switching' || switchedAt !== undefined) return SWITCHED;
  return undefined;
}

const notRunning = (status: Replay['status']): Rejection => ({
  code: 'REPLAY_NOT_RUNNING',
  detail: `The replay is ${status}.`,
  next: 'Nothing. To build the read model again, start another replay.',
});

const SWITCHED: Rejection = {
  code: 'REPLAY_SWITCHED',
  detail: 'The replay has built the read model, which is read from now on.',
  next: 'Nothing: wait until it is done. To build the read model again, start another replay.',
};

const ALREADY_STARTED: Rejection = {
  code: 'REPLAY_EXISTS',
  detail: 'There is a replay with this id.',
  next: 'Send the request with a new Idempotency-Key.',
};

export const REPLAY_NOT_FOUND: Rejection = {
  code: 'REPLAY_NOT_FOUND',
  detail: 'There is no such replay.',
  next: 'Check the id; GET /replays lists the replays.',
};
