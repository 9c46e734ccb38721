/** What a member of a redrive would do. */
export const VERDICTS = ['handled', 'alreadyDone', 'unknown', 'dropped'] as const;

/**
 * - handled: its subscriber would handle it.
 * - alreadyDone: its subscriber has handled it before, and recognises it.
 * - unknown: it is not known whether it was sent. That is settled first.
 * - dropped: it would not be handled, for a reason.
 */
export type Verdict = (typeof VERDICTS)[number];

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

export type PlanGroup = { fingerprint: string; subscriber: string; reason: string; members: number };
