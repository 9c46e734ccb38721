import { type Decider, NOTHING_ANNOUNCED } from '#shared/messaging/decider.ts';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import type { NewState } from '#shared/messaging/rows.ts';
import { shapeOf } from '#shared/messaging/versions.ts';

/** What an operator did: who, what, when, and with how many dead letters or subscribers. It never changes. */
export type AuditEntry = {
  /** Begins with the time, so that entries are in order. */
  auditId: string;
  /** ISO 8601. */
  at: string;
  actor: string;
  correlationId: string;
  /** How many dead letters or subscribers were changed. */
  count: number;
} & AuditedAction;

/** An action and what it was about. */
export type AuditedAction =
  | { action: 'discard'; deadLetterId: string; fingerprint: string; reason: string }
  /** `editedTo`: the new dead letter, of the edited message. */
  | { action: 'edit'; deadLetterId: string; editedTo: string; fingerprint: string; reason: string }
  /** `null`: it was removed. Absent: it was not changed. */
  | { action: 'describe-group'; fingerprint: string; owner?: string | null; note?: string | null }
  | { action: 'pause-subscriber' | 'resume-subscriber'; subscriber: string; reason?: string; owner?: string }
  /** `end-redrive`: without a person, because all members have ended, or because a step failed. */
  | {
      action: 'plan-redrive' | 'start-redrive' | 'pause-redrive' | 'resume-redrive' | 'stop-redrive' | 'end-redrive';
      redriveId: string;
      reason?: string;
    };

export const AUDIT_ENTRY = shapeOf<AuditEntry>('audit');

/** All entries are parts of one subject, so one query lists them. They belong to the stage: the tenant is empty. */
export const AUDIT: Subject = { tenant: '', type: 'stage', id: 'audit' };

export const auditKey = (auditId: string): StateKey => ({ ...AUDIT, part: { type: AUDIT_ENTRY.name, id: auditId } });

/** The entry of a command whose own state is another row: it is created in the command's transaction. */
export const auditRow = (entry: AuditEntry): NewState => ({
  kind: 'state',
  key: auditKey(entry.auditId),
  stored: { schemaVersion: AUDIT_ENTRY.written, version: 1, state: entry },
});

/** The id of an entry. @param now epoch milliseconds, which have 13 digits until the year 2286. */
export const auditIdOf = (now: number, nonce: string): string => `${now}-${nonce}`;

export type Audited = Pick<AuditEntry, 'auditId' | 'actor' | 'correlationId' | 'count'> & AuditedAction;

/**
 * Records an action. The rows that the action changes are related states of the same command, so the entry is written
 * if and only if they are changed.
 */
export const auditDecider: Decider<AuditEntry, Audited, AuditEntry> = {
  shape: AUDIT_ENTRY,
  decide: (command, _entry, { now }) => ({
    kind: 'accepted',
    events: [{ ...command, at: new Date(now).toISOString() }],
  }),
  evolve: (_entry, event) => event,
  announce: () => NOTHING_ANNOUNCED,
  answer: (entry) => ({ ...entry }),
  due: () => undefined,
};
