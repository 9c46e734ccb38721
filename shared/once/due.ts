import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { SORT_KEY } from '#shared/names.ts';
import { type RowName, stateKeyIn, subjectIn } from './row-name.ts';

/** An entry of the index of due rows: the row's name, and since when (epoch milliseconds) it is due. */
export type DueEntry = RowName & { kind: string; dueAt: number };

/** What every due row has. The index may be stale, so read the row again before acting. */
export type DueRow = { dueAt: number };

/** A kind of due rows. Each kind has its own shards in the index, so that no kind blocks another. */
export type DueKind<Row extends DueRow> = {
  /** The name in the index. It never changes, because stored rows have it. */
  readonly name: string;
  /** The row that an entry refers to; undefined if this release does not know such a row. */
  rowOf(entry: DueEntry): Row | undefined;
  /** Tenants take turns. Empty: the row is of the whole stage. */
  tenantOf(row: Row): string;
};

/** A state that is due. */
export type DueState<Key extends StateKey> = DueRow & { key: Key };

/** A kind of states. @param keyOf the key in the owner's terms; undefined if the state is not of this kind. */
export const stateDue = <Key extends StateKey>(
  name: string,
  keyOf: (key: StateKey) => Key | undefined,
): DueKind<DueState<Key>> => ({
  name,
  rowOf({ dueAt, ...row }) {
    const state = stateKeyIn(row);
    const key = state && keyOf(state);
    return key && { dueAt, key };
  },
  tenantOf: ({ key }) => key.tenant,
});

/** A kind of states that are their subjects' own states. */
export const subjectDue = (name: string): DueKind<DueState<Subject>> =>
  stateDue(name, (key) => (key.part === undefined ? key : undefined));

export type DueOutbox = DueRow & { subject: Subject; commandId: string };

/** Outbox rows that may not be published yet. */
export const OUTBOX_DUE: DueKind<DueOutbox> = {
  name: 'outbox',
  rowOf({ dueAt, partition, sort }) {
    const subject = subjectIn(partition);
    if (!subject || !sort.startsWith(SORT_KEY.outbox)) return undefined;
    return { dueAt, subject, commandId: sort.slice(SORT_KEY.outbox.length) };
  },
  tenantOf: ({ subject }) => subject.tenant,
};

/** A dead letter in the form in which earlier releases stored it. */
export type DueEarlierLetter = DueRow & { subscriber: string; id: string };

/** Dead letters of earlier releases. `wake-due` records them again in the form of this release. */
export const EARLIER_LETTER_DUE: DueKind<DueEarlierLetter> = {
  name: 'dead-letter',
  rowOf({ dueAt, partition: [kind, subscriber, ...more], sort: id }) {
    return kind === 'deadletter' && subscriber !== undefined && more.length === 0
      ? { dueAt, subscriber, id }
      : undefined;
  },
  tenantOf: () => '',
};
