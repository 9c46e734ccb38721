import { derivedId } from '#shared/http/derived-id.ts';
import type { Due } from '#shared/messaging/due.ts';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { type DueKind, type DueState, stateDue } from '#shared/once/due.ts';

/**
 * What is done automatically for one group of dead letters. One row for each group.
 *
 * ```
 *            ┌──────── it failed again, fewer than three rounds ───────┐
 *  (alarm) ──┴─> waiting ──cool-down over──> redriving ──none is open──┼──> calm ──for a while──> ended
 *                  └── none is open ───────────────────────────────────┘     │ ^
 *                                    it failed again, three rounds ──> given-up┘ none is open
 * ```
 * An incident begins when the alarm sees the group, and ends when none of its dead letters has been open for the calm time. Dead letters
 * that a redrive would drop do not count: they are left for a person.
 */
export type AutomaticRedrive = {
  fingerprint: string;
  /** Counts the incidents of the group, from 1. */
  incident: number;
  status: 'waiting' | 'redriving' | 'calm' | 'given-up' | 'ended';
  /** Rounds that this incident has had. The id of a redrive follows from it. */
  rounds: number;
  /** Those of them whose redrive was planned and never started, because the subscriber was paused or the group taken. */
  unused?: number;
  /** The alarm that began the incident. */
  alarm: string;
  /** ISO 8601: when the incident began, and since when it has this status. */
  beganAt: string;
  since: string;
  /** A code: why it was given up, or ended before its time. */
  because?: string;
  left?: LeftForPerson;
  /** Epoch milliseconds at which it is looked at again. Absent: it has ended. */
  dueAt?: number;
};

/** Open dead letters that a redrive would drop. No round sends them, so a person decides about them. */
export type LeftForPerson = {
  /** Epoch milliseconds: when that was planned. */
  at: number;
  /** Why they would be dropped, most frequent first. */
  reasons: readonly { reason: string; count: number }[];
};

export const AUTOMATIC_REDRIVE = shapeOf<AutomaticRedrive>('automaticredrive');

/** All of them are parts of one subject, so one query lists them. They belong to the stage: the tenant is empty. */
export const AUTOMATIC_REDRIVES: Subject = { tenant: '', type: 'stage', id: 'automaticredrives' };

export const automaticRedriveKey = (fingerprint: string): StateKey => ({
  ...AUTOMATIC_REDRIVES,
  part: { type: AUTOMATIC_REDRIVE.name, id: fingerprint },
});

export const AUTOMATIC_REDRIVE_DUE: DueKind<DueState<StateKey>> = stateDue('automatic-redrive', (key) =>
  key.part?.type === AUTOMATIC_REDRIVE.name ? key : undefined,
);

export function dueOf({ dueAt }: AutomaticRedrive): Due | undefined {
  return dueAt === undefined ? undefined : { kind: AUTOMATIC_REDRIVE_DUE.name, at: dueAt };
}

/** The id of a round's redrive. It follows from the state, so a round that is started again is the same redrive. */
export const redriveIdOf = ({ fingerprint, incident, rounds }: AutomaticRedrive): string =>
  derivedId('redrive', '', `automatic ${fingerprint} ${incident} ${rounds}`);

/** Rounds that have sent something, or may have. */
export const usedRounds = ({ rounds, unused = 0 }: AutomaticRedrive): number => rounds - unused;

/** Who plans and starts the redrives of an alarm. */
export const actorOf = ({ alarm }: Pick<AutomaticRedrive, 'alarm'>): string => `alarm:${alarm}`;

/** Rounds of one group and incident. After the last one, a person has to look. */
export const MOST_ROUNDS = 3;
