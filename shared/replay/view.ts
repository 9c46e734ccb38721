import type { Replay } from './replay.ts';
import type { ReplayView } from './responses.ts';

/** A replay as a caller sees it. The fields have a fixed order, because the store returns them in any. */
export function replayView(replay: Replay): ReplayView {
  const { replayId, projection, tenant, from, status, step, startedAt, switchedAt, endedAt, reason } = replay;
  const { examined, messages, written, copied, deleted } = replay.counts;
  return {
    replayId,
    projection,
    ...(tenant !== undefined && { tenant }),
    ...(from !== undefined && { from }),
    status,
    step,
    startedAt,
    ...(switchedAt !== undefined && { switchedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(reason !== undefined && { reason }),
    counts: { examined, messages, written, copied, deleted },
    skipped: {
      count: replay.skipped.count,
      named: replay.skipped.named.map(({ tenant, subject, id, reason, detail }) => ({
        tenant,
        subject,
        id,
        reason,
        detail,
      })),
    },
  };
}
