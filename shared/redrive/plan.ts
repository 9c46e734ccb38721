import type { SubscriberPause } from '#shared/lane/paused-subscribers.ts';
import type { LetterVerdict, Verdict } from '#shared/once/planner.ts';

/** What the members of a frozen set would do. No personal data. */
export type RedrivePlan = {
  members: number;
  counts: Readonly<Record<Verdict, number>>;
  /** The reasons of members that would be dropped, most frequent first. */
  dropped: readonly { reason: string; count: number }[];
  samples: Readonly<Record<Verdict, readonly PlanSample[]>>;
  groups: readonly PlanGroup[];
  /** ISO 8601: later dead letters are not in the set. */
  frozenAt: string;
};

export type PlanSample = {
  deadLetterId: string;
  subject?: string;
  messageType?: string;
  /** Why it would be dropped. */
  reason?: string;
};

export type PlanGroup = {
  fingerprint: string;
  subscriber: string;
  reason: string;
  members: number;
  /** The subscriber was paused when the set was frozen. A message that is sent to it would wait in its queue. */
  paused?: SubscriberPause;
};

/** A member as a plan counts it. */
export type CountedMember = LetterVerdict &
  Pick<PlanSample, 'deadLetterId' | 'subject' | 'messageType'> &
  Omit<PlanGroup, 'members' | 'reason' | 'paused'> & { failedWith: string };

/** Members that a plan names for each verdict. */
const MOST_SAMPLES = 5;

/** The plan of these members, in their order. @param paused the subscribers that are paused. */
export function planOf(
  members: readonly CountedMember[],
  frozenAt: string,
  paused: ReadonlyMap<string, SubscriberPause>,
): RedrivePlan {
  const counts = { handled: 0, alreadyDone: 0, unknown: 0, dropped: 0 };
  const samples: Record<Verdict, PlanSample[]> = { handled: [], alreadyDone: [], unknown: [], dropped: [] };
  const reasons = new Map<string, number>();
  const groups = new Map<string, PlanGroup>();
  for (const { verdict, reason, deadLetterId, subject, messageType, fingerprint, subscriber, failedWith } of members) {
    counts[verdict] += 1;
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    const group = groups.get(fingerprint);
    if (group) group.members += 1;
    else groups.set(fingerprint, newGroup({ fingerprint, subscriber, reason: failedWith }, paused));
    if (samples[verdict].length >= MOST_SAMPLES) continue;
    samples[verdict].push({
      deadLetterId,
      ...(subject !== undefined && { subject }),
      ...(messageType !== undefined && { messageType }),
      ...(reason !== undefined && { reason }),
    });
  }
  const dropped = Array.from(reasons, ([reason, count]) => ({ reason, count }));
  dropped.sort((one, other) => other.count - one.count);
  return { members: members.length, counts, dropped, samples, groups: [...groups.values()], frozenAt };
}

function newGroup(
  group: Pick<PlanGroup, 'fingerprint' | 'subscriber' | 'reason'>,
  paused: ReadonlyMap<string, SubscriberPause>,
): PlanGroup {
  const pause = paused.get(group.subscriber);
  return { ...group, members: 1, ...(pause && { paused: pause }) };
}
