import type { Replay } from './replay.ts';
import type { ReplayView } from './responses.ts';

/** A replay as a caller sees it. */
export function replayView(replay: Replay): ReplayView {
  const { generation, position, failures, dueAt, skipped, ...shown } = replay;
  return { ...shown, skipped: { count: skipped.count, named: [...skipped.named] } };
}
