import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';
import { DEAD_LETTER_ACTIONS, DEAD_LETTER_STATUSES } from '#shared/once/dead-letter.ts';

const count = v.pipe(wholeNumber, v.minValue(0));

/** What was done with a dead letter. */
export const deadLetterActionSchema = v.object({
  /**
   * `reopen`: it failed again, or its redrive stopped before its message was sent. `edit`: an edited message replaces its
   * message, or its message is an edited one.
   */
  action: v.picklist(DEAD_LETTER_ACTIONS),
  at: utcTimestamp,
  /** `system`: it failed again, or was handled. */
  actor: v.string(),
  reason: v.optional(v.string()),
  /** The redrive that did this, or whose message failed again or was handled. */
  redriveId: v.optional(v.string()),
});

/** A message or record that could not be handled. It is stored with the reason until an operator deals with it. */
export const deadLetterSchema = v.object({
  deadLetterId: v.string(),
  /** Of the message. If it has none, a hash of its text. */
  id: v.string(),
  /** The function that failed. */
  subscriber: v.string(),
  reason: v.string(),
  detail: v.string(),
  messageType: v.optional(v.string()),
  tenant: v.optional(v.string()),
  /** `<type>/<id>`: what the message is about. */
  subject: v.optional(v.string()),
  correlationId: v.optional(v.string()),
  errorName: v.optional(v.string()),
  /** The first stack frames in our code. */
  frames: v.optional(v.array(v.string())),
  /** The message, if it contains no personal data. */
  message: v.optional(v.string()),
  /** The git commit that failed. */
  release: v.optional(v.string()),
  firstSeenAt: utcTimestamp,
  lastSeenAt: utcTimestamp,
  /** Since when it is open, after it was closed for the last time. */
  openedAt: utcTimestamp,
  /** How often it was recorded. */
  count: wholeNumber,
  /** How often it was tried. */
  attempts: wholeNumber,
  /** The group. */
  fingerprint: v.string(),
  owner: v.optional(v.string()),
  note: v.optional(v.string()),
  status: v.picklist(DEAD_LETTER_STATUSES),
  /** Increases when it fails again after it was closed. */
  generation: wholeNumber,
  /** The redrive that is sending it again. Only while it is `redriving`. */
  redriveId: v.optional(v.string()),
  /** The dead letter whose message was edited. This one is about the edited message. */
  editedFrom: v.optional(v.string()),
  /** The dead letter of the edited message that replaces this one's. */
  editedTo: v.optional(v.string()),
  /** The latest 50. */
  history: v.array(deadLetterActionSchema),
});

export const deadLettersSchema = v.object({
  deadLetters: v.array(deadLetterSchema),
  nextCursor: v.optional(v.string()),
});

/** What the dead-letter alarm does about a group, without a person. */
export const automaticRedriveSchema = v.object({
  /** `given-up`: nothing more is tried, and a person has to look. `ended`: only those in `left` are open. */
  status: v.picklist(['waiting', 'redriving', 'calm', 'given-up', 'ended']),
  /** `alarm:<name>`. */
  actor: v.string(),
  /** Redrives so far, three at most. */
  rounds: count,
  beganAt: utcTimestamp,
  /** Since when it has this status. */
  since: utcTimestamp,
  /** The latest redrive. */
  redriveId: v.optional(v.string()),
  /** A code: why it was given up. */
  because: v.optional(v.string()),
  /** What is left for a person: open dead letters that a redrive would drop, with the reason. */
  left: v.optional(v.array(v.object({ reason: v.string(), count }))),
});

/** Open dead letters with the same cause. */
export const deadLetterGroupSchema = v.object({
  fingerprint: v.string(),
  subscriber: v.string(),
  reason: v.string(),
  errorName: v.optional(v.string()),
  frames: v.optional(v.array(v.string())),
  /** Open dead letters. Beyond thousands, a lower bound. */
  count,
  /** The oldest open dead letter. */
  firstSeenAt: utcTimestamp,
  /** Exact to a second. */
  lastSeenAt: utcTimestamp,
  /** The id of a dead letter. */
  example: v.string(),
  owner: v.optional(v.string()),
  note: v.optional(v.string()),
  automaticRedrive: v.optional(automaticRedriveSchema),
});

export const deadLetterGroupsSchema = v.object({ groups: v.array(deadLetterGroupSchema) });

const audited = {
  auditId: v.string(),
  at: utcTimestamp,
  /** The person or machine, from its token. */
  actor: v.string(),
  correlationId: v.string(),
  /** How many dead letters or subscribers were changed. */
  count,
};

/** What an operator did. */
export const auditEntrySchema = v.object({
  ...audited,
  action: v.picklist([
    'discard',
    'edit',
    'describe-group',
    'plan-redrive',
    'start-redrive',
    'pause-redrive',
    'resume-redrive',
    'stop-redrive',
    'end-redrive',
    'pause-subscriber',
    'resume-subscriber',
  ]),
  subscriber: v.optional(v.string()),
  deadLetterId: v.optional(v.string()),
  /** The new dead letter, of the edited message. */
  editedTo: v.optional(v.string()),
  redriveId: v.optional(v.string()),
  fingerprint: v.optional(v.string()),
  reason: v.optional(v.string()),
  /** `null`: it was removed. */
  owner: v.optional(v.nullable(v.string())),
  note: v.optional(v.nullable(v.string())),
});

export const auditSchema = v.object({ entries: v.array(auditEntrySchema), nextCursor: v.optional(v.string()) });

export type DeadLetterView = v.InferOutput<typeof deadLetterSchema>;
export type AutomaticRedriveView = v.InferOutput<typeof automaticRedriveSchema>;
export type DeadLetterGroupView = v.InferOutput<typeof deadLetterGroupSchema>;
/** What the API answers to an action of an operator. */
export type AuditEntryView = v.InferOutput<typeof auditEntrySchema>;
