import type { TimelineEntryView } from '#shared/message-log/responses.ts';

/** What happens between two entries of a timeline. */
export type PhaseKind = 'publishing' | 'queueing' | 'attempt' | 'waiting' | 'delivery';

/** An entry at its place: `share` is from 0 (the first entry) to 1 (the last one). */
export type Mark = { entry: TimelineEntryView; share: number; afterMs: number };
/** The time between two neighbours, at its place. */
export type Phase = { kind: PhaseKind; from: number; to: number; durationMs: number };
export type Scale = { marks: Mark[]; phases: Phase[]; totalMs: number };

/**
 * Places the entries of a timeline on a linear scale of time. Entries without a readable time are left out, so that an
 * answer of another release cannot break the drawing.
 */
export function scaleOf(timeline: readonly TimelineEntryView[]): Scale {
  const timed = timeline
    .map((entry) => ({ entry, at: Date.parse(entry.at) }))
    .filter(({ at }) => !Number.isNaN(at))
    .sort((one, other) => one.at - other.at);
  const first = timed[0]?.at ?? 0;
  const totalMs = (timed.at(-1)?.at ?? first) - first;
  const marks = timed.map(({ entry, at }) => ({
    entry,
    afterMs: at - first,
    share: totalMs === 0 ? 0 : (at - first) / totalMs,
  }));
  return { marks, phases: phasesOf(marks), totalMs };
}

function phasesOf(marks: readonly Mark[]): Phase[] {
  return marks.slice(1).flatMap((next, index) => {
    const mark = marks[index];
    if (!mark || next.afterMs === mark.afterMs) return [];
    const kind = kindAfter(mark.entry, next.entry);
    return [{ kind, from: mark.share, to: next.share, durationMs: next.afterMs - mark.afterMs }];
  });
}

const SETTLED: readonly string[] = ['sent', 'rejected', 'unknown', 'deferred'];

function kindAfter(entry: TimelineEntryView, next: TimelineEntryView): PhaseKind {
  if (entry.kind === 'accepted' && next.kind === 'published') return 'publishing';
  if (entry.kind === 'published' && next.kind === 'claimed') return 'queueing';
  if (entry.kind === 'claimed' && SETTLED.includes(next.kind)) return 'attempt';
  if (next.kind === 'feedback') return 'delivery';
  return 'waiting';
}
