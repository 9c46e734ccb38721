import type { SubscriberPause } from '#shared/lane/paused-subscribers.ts';
import type { RedrivePlan } from './plan.ts';
import { type Redrive, type RedriveCounts, type RedriveStep, rateOf } from './redrive.ts';
import type { PlanView, RedriveView } from './responses.ts';

/** A redrive as a caller sees it. The fields have a fixed order, because the store returns them in any. */
export function redriveView(redrive: Redrive): RedriveView {
  const { redriveId, status, actor, createdAt, startedAt, endedAt, selection, ratePerSecond, canary, stopAbove } =
    redrive;
  const { pausedBecause, stoppedBecause, plan, steps, counts, progress } = redrive;
  const { waiting, sent, resolved, failedAgain, skipped, unknown } = counts;
  return {
    redriveId,
    status,
    actor,
    createdAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    selection: selectionView(selection),
    ratePerSecond,
    canary: [...canary],
    stopAbove,
    plan: planView(plan),
    steps: steps.map(stepView),
    counts: { waiting, sent, resolved, failedAgain, skipped, unknown },
    ...(status === 'running' && { remainingSeconds: remainingSeconds(counts, rateOf(redrive)) }),
    ...(status === 'running' &&
      progress?.held?.subscribers.length && { waitsForSubscribers: [...progress.held.subscribers] }),
    ...(progress?.waitsBecause !== undefined && { waitsBecause: progress.waitsBecause }),
    ...(pausedBecause !== undefined && { pausedBecause }),
    ...(stoppedBecause !== undefined && { stoppedBecause }),
  };
}

/** At its rate, without the time that canary steps wait for their verdicts. */
const remainingSeconds = ({ waiting }: RedriveCounts, ratePerSecond: number): number =>
  Math.ceil(waiting / ratePerSecond);

function selectionView(selection: Redrive['selection']): RedriveView['selection'] {
  if ('ids' in selection) return { ids: [...selection.ids] };
  const { subscriber, type, reason, fingerprint, tenant, from, to, owner } = selection;
  return {
    ...(subscriber !== undefined && { subscriber }),
    ...(type !== undefined && { type }),
    ...(reason !== undefined && { reason }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(tenant !== undefined && { tenant }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(owner !== undefined && { owner }),
  };
}

/** A plan as a caller sees it. */
export function planView({ members, counts, dropped, samples, groups, frozenAt }: RedrivePlan): PlanView {
  return {
    members,
    counts: {
      handled: counts.handled,
      alreadyDone: counts.alreadyDone,
      unknown: counts.unknown,
      dropped: counts.dropped,
    },
    dropped: dropped.map(({ reason, count }) => ({ reason, count })),
    samples: {
      handled: samples.handled.map(sampleView),
      alreadyDone: samples.alreadyDone.map(sampleView),
      unknown: samples.unknown.map(sampleView),
      dropped: samples.dropped.map(sampleView),
    },
    groups: groups.map(({ fingerprint, subscriber, reason, members: count, paused }) => ({
      fingerprint,
      subscriber,
      reason,
      members: count,
      ...(paused && { paused: pauseView(paused) }),
    })),
    frozenAt,
  };
}

const pauseView = ({ since, actor, reason, owner }: SubscriberPause) => ({
  since,
  actor,
  ...(reason !== undefined && { reason }),
  ...(owner !== undefined && { owner }),
});

const sampleView = ({ deadLetterId, subject, messageType, reason }: RedrivePlan['samples']['handled'][number]) => ({
  deadLetterId,
  ...(subject !== undefined && { subject }),
  ...(messageType !== undefined && { messageType }),
  ...(reason !== undefined && { reason }),
});

const stepView = ({ size, status, sent, resolved, failedAgain, pending, alreadyDone, share }: RedriveStep) => ({
  size,
  status,
  sent,
  resolved,
  failedAgain,
  pending,
  ...(alreadyDone !== undefined && { alreadyDone }),
  ...(share !== undefined && { share }),
});
