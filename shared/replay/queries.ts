import { DERIVED_ID } from '#shared/http/derived-id.ts';
import { type HttpEvent, jsonResponse, type Reply } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { REPLAY_NOT_FOUND } from './decider.ts';
import type { ReplayList } from './ports.ts';
import { type Replay, replayKey } from './replay.ts';
import { replayView } from './view.ts';

export type ReplayQueryPorts = { replays: Pick<StateStore<Replay>, 'read'>; replayList: ReplayList };

/** The progress of a replay. */
export async function getReplay({ pathParameters }: HttpEvent, { replays }: ReplayQueryPorts): Promise<Reply> {
  const replayId = pathParameters?.replayId ?? '';
  const stored = DERIVED_ID.test(replayId) ? await replays.read(replayKey(replayId)) : undefined;
  if (!stored) return problemResponse(problemOfRejection(REPLAY_NOT_FOUND));
  return jsonResponse(JSON.stringify(replayView(stored.state)));
}

const MOST_REPLAYS = 100;

/** The latest replays, latest first. */
export async function listReplays(_event: unknown, { replayList }: ReplayQueryPorts): Promise<Reply> {
  const replays = await replayList.listReplays();
  const latest = replays.sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1)).slice(0, MOST_REPLAYS);
  return jsonResponse(JSON.stringify({ replays: latest.map(replayView) }));
}
