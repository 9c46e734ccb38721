import { answer, type Call, type CommandPorts, execute } from '#shared/http/command.ts';
import { DERIVED_ID, derivedId } from '#shared/http/derived-id.ts';
import type { Reply } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import { RequestRefused } from '#shared/http/request-refused.ts';
import type { RelatedState, StoredState } from '#shared/messaging/rows.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { REPLAY_NOT_FOUND, replayDecider } from './decider.ts';
import { abandoned, begun, FIRST_GENERATIONS, GENERATIONS, type Generations, generationsKey } from './generations.ts';
import { type Replay, replayKey } from './replay.ts';
import type { StartReplayBody } from './requests.ts';

export type ReplayCommandPorts = CommandPorts & {
  replays: Pick<StateStore<Replay>, 'read'>;
  generations: Pick<StateStore<Generations>, 'read'>;
};

/** The replay and the generation that it builds are begun in one transaction, so one replay runs at a time. */
export async function startReplay(call: Call<StartReplayBody>, ports: ReplayCommandPorts): Promise<Reply> {
  const { projection, ...scope } = call.json.valid;
  const { from } = scope;
  const replayId = derivedId('replay', call.tenant, call.idempotencyKey);
  let before: StoredState<Generations> | undefined;
  const readGenerations = async (): Promise<Generations> => {
    before = await ports.generations.read(generationsKey(projection));
    return before?.state ?? FIRST_GENERATIONS;
  };
  const executed = await execute(
    call,
    {
      decider: replayDecider,
      key: replayKey(replayId),
      path: '/replays',
      readCommand: async () => {
        if (from !== undefined && Date.parse(from) > ports.clock.now()) throw isInTheFuture(from, ports.clock.now());
        const { latest } = await readGenerations();
        return { type: 'StartReplay' as const, replayId, projection, ...scope, generation: latest + 1 };
      },
      assume: 'absent',
      related: async () => {
        const generations = before?.state ?? FIRST_GENERATIONS;
        if (generations.building) throw isRunning(projection, generations.building.replayId);
        return [changed(projection, before, begun(generations, replayId, scope.tenant))];
      },
    },
    ports,
  );
  return answer(executed, { location: `/replays/${replayId}` });
}

/** The generation is no longer written. Its rows are deleted later. */
export async function stopReplay(call: Call<unknown>, ports: ReplayCommandPorts): Promise<Reply> {
  const replayId = call.pathParameters?.replayId ?? '';
  const key = replayKey(replayId);
  const stored = DERIVED_ID.test(replayId) ? await ports.replays.read(key) : undefined;
  if (!stored) return problemResponse(problemOfRejection(REPLAY_NOT_FOUND));
  const { projection } = stored.state;
  const executed = await execute(
    call,
    {
      decider: replayDecider,
      key,
      path: `/replays/${replayId}/stop`,
      command: { type: 'StopReplay' },
      related: async () => {
        const generations = await ports.generations.read(generationsKey(projection));
        if (!generations?.state.building) return [];
        return [changed(projection, generations, abandoned(generations.state, replayId))];
      },
    },
    ports,
  );
  return answer(executed);
}

const changed = (
  projection: string,
  before: StoredState<Generations> | undefined,
  state: Generations,
): RelatedState => ({
  key: generationsKey(projection),
  expectedVersion: before?.version ?? 0,
  next: { schemaVersion: before?.schemaVersion ?? GENERATIONS.written, version: (before?.version ?? 0) + 1, state },
});

/** It would copy every row, wrong ones as well, and correct none. */
const isInTheFuture = (from: string, now: number): RequestRefused =>
  new RequestRefused(
    'REPLAY_FROM_FUTURE',
    `No stored message is of ${from} or later: it is ${new Date(now).toISOString()} now.`,
    'Send a `from` in the past, or none: then the messages of all times are applied.',
  );

const isRunning = (projection: string, replayId: string): RequestRefused =>
  new RequestRefused(
    'REPLAY_RUNNING',
    `The replay ${replayId} is building the read model ${projection}.`,
    `Wait until it is done, or stop it with POST /replays/${replayId}/stop. GET /replays/${replayId} shows its progress.`,
  );
