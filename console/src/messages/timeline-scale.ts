import type { Language } from '#console/base/texts.ts';
import { numberText } from '#console/base/times.ts';
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

/** A duration with its two largest units, like `1.2 s` or `3 min 5 s`. Units are the same in every language. */
export function durationText(durationMs: number, language: Language): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < 1000) return `${ms} ms`;
  if (ms < 10_000) return `${numberText(ms / 1000, language)} s`;
  const seconds = Math.round(ms / 1000);
  const [largest = UNITS.length - 1] = UNITS.flatMap(([size], index) => (seconds >= size ? [index] : []));
  const [size, unit] = UNITS[largest] ?? [1, 's'];
  const [nextSize, nextUnit] = UNITS[largest + 1] ?? [1, ''];
  const rest = Math.floor((seconds % size) / nextSize);
  const whole = `${numberText(Math.floor(seconds / size), language)} ${unit}`;
  return nextUnit === '' || rest === 0 ? whole : `${whole} ${rest} ${nextUnit}`;
}

const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];
