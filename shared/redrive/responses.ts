import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';

const count = v.pipe(wholeNumber, v.minValue(0));

/** A dead letter in a plan, as an example. */
export const planSampleSchema = v.object({
  deadLetterId: v.string(),
  /** `<type>/<id>`: what the message is about. */
  subject: v.optional(v.string()),
  messageType: v.optional(v.string()),
  /** Why it would be dropped. */
  reason: v.optional(v.string()),
});

const samples = v.array(planSampleSchema);

/** What the members of a frozen set would do. */
export const redrivePlanSchema = v.object({
  members: count,
  counts: v.object({
    /** Their subscriber would handle them. */
    handled: count,
    /** Their subscriber has handled them before, and recognises them. */
    alreadyDone: count,
    /** It is not known whether they were sent. That is settled first. */
    unknown: count,
    /** They would not be handled. */
    dropped: count,
  }),
  /** Why members would be dropped, most frequent first. */
  dropped: v.array(v.object({ reason: v.string(), count })),
  /** Five of each at most. */
  samples: v.object({ handled: samples, alreadyDone: samples, unknown: samples, dropped: samples }),
  groups: v.array(
    v.object({
      fingerprint: v.string(),
      subscriber: v.string(),
      reason: v.string(),
      members: count,
      /** The subscriber was paused when the set was frozen. The redrive can be started when it is resumed. */
      paused: v.optional(
        v.object({
          since: utcTimestamp,
          actor: v.string(),
          reason: v.optional(v.string()),
          owner: v.optional(v.string()),
        }),
      ),
    }),
  ),
  /** Later dead letters are not in the set. */
  frozenAt: utcTimestamp,
});

/** What a redrive would do, if it was planned now. */
export const dryRunSchema = v.object({ plan: redrivePlanSchema });

/** Some members. Each step waits for its verdict before the next one begins. */
export const redriveStepSchema = v.object({
  /** Members. A canary step takes one more for each that is not handled again, while the set has more. */
  size: count,
  status: v.picklist(['waiting', 'running', 'passed', 'failed']),
  sent: count,
  resolved: count,
  failedAgain: count,
  /** Sent, and not ended yet. */
  pending: count,
  /** Resolved because their subscriber had handled them before. They prove nothing. Absent: none. */
  alreadyDone: v.optional(count),
  /** Share of failures of those that were handled again, when the verdict was given. Absent if the set ended without one. */
  share: v.optional(v.number()),
});

const redriveEntries = {
  redriveId: v.string(),
  status: v.picklist(['planned', 'running', 'paused', 'stopped', 'done']),
  /** Who planned it. */
  actor: v.string(),
  createdAt: utcTimestamp,
  startedAt: v.optional(utcTimestamp),
  /** When it was done or stopped. */
  endedAt: v.optional(utcTimestamp),
  selection: v.object({
    ids: v.optional(v.array(v.string())),
    subscriber: v.optional(v.string()),
    type: v.optional(v.string()),
    reason: v.optional(v.string()),
    fingerprint: v.optional(v.string()),
    tenant: v.optional(v.string()),
    from: v.optional(v.string()),
    to: v.optional(v.string()),
    owner: v.optional(v.string()),
  }),
  ratePerSecond: v.number(),
  /** Sizes of the first steps. */
  canary: v.array(count),
  /** A step with a higher share of failures stops the redrive. */
  stopAbove: v.number(),
  plan: redrivePlanSchema,
  /** The canary steps, and the rest as the last step. */
  steps: v.array(redriveStepSchema),
  /** Each member is counted once. */
  counts: v.object({
    /** Not sent yet. */
    waiting: count,
    /** Sent, and not ended yet. */
    sent: count,
    resolved: count,
    failedAgain: count,
    skipped: count,
    /** Not sent, because it is still unknown whether it was sent before. */
    unknown: count,
  }),
  /** At its rate, while it is running. Canary steps also wait for their verdicts. */
  remainingSeconds: v.optional(count),
  /** A code: why nothing is sent now, although nothing has failed. `NEWER_VERSION`: a newer release has written a row. */
  waitsBecause: v.optional(v.string()),
  /** A running redrive sends nothing while these subscribers are paused. */
  waitsForSubscribers: v.optional(v.array(v.string())),
  pausedBecause: v.optional(v.string()),
  stoppedBecause: v.optional(v.string()),
};

/** Dead letters that are sent to their subscribers again. */
export const redriveSchema = v.object(redriveEntries);

/** A redrive, and the members that failed again or were skipped. */
export const redriveProgressSchema = v.object({
  ...redriveEntries,
  failedAgain: v.array(v.object({ deadLetterId: v.string(), reason: v.string(), detail: v.string() })),
  /** Members that were not sent, with the reason. */
  skipped: v.array(v.object({ deadLetterId: v.string(), reason: v.string() })),
  nextCursor: v.optional(v.string()),
});

export const redrivesSchema = v.object({ redrives: v.array(redriveSchema) });

export type PlanView = v.InferOutput<typeof redrivePlanSchema>;
export type RedriveView = v.InferOutput<typeof redriveSchema>;
/** A redrive with the members that failed again or were skipped. */
export type RedriveProgressView = v.InferOutput<typeof redriveProgressSchema>;
