import { Failure } from '#shared/messaging/failure.ts';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import type { NewRow, RelatedState, StoredState } from '#shared/messaging/rows.ts';
import { type Shape, shapeOf } from '#shared/messaging/versions.ts';
import type { DeadLetter, DeadLetterGroup, DeadLetterRecord, DeadLetterStatus } from './dead-letter.ts';
import type { DueKind, DueRow } from './due.ts';
import type { LetterChange } from './redriven-letter.ts';

/** The answer to a caller. It is stored, so that every repetition gets the same answer. */
export type Outcome = {
  accepted: boolean;
  /** Version of the state after the decision. For a refusal: the version that was read. */
  version: number;
  /** JSON text: the answer, or the rejection. It is stored as text, so that a repetition has the same bytes. */
  answer: string;
};

/** The record of one handled command. It identifies repetitions and contains the messages to publish. */
export type OutboxRecord = {
  subject: Subject;
  /** `http#<hash>` or `msg#<subscriber>#<message id>`: two namespaces, so that no caller can use a subscriber's id. */
  commandId: string;
  /** New for each execution. It distinguishes our own commit, whose answer was lost, from another process's commit. */
  nonce: string;
  /** Keyed hash of the command as received. A repetition with a different fingerprint is a conflict. */
  fingerprint: string;
  /**
   * The name of the command, an imperative. Absent: the command was about a part of the subject, or an earlier
   * release wrote the row.
   */
  command?: string;
  /** The process manager that the command is for (see `Decider.process`). */
  process?: string;
  /** Only without messages, because messages carry it. Absent also if an earlier release wrote the row. */
  correlationId?: string;
  outcome: Outcome;
  /** Envelopes as JSON text, so that the published bytes are the committed ones. */
  messages: readonly string[];
  /** ISO 8601. */
  createdAt: string;
  /** Epoch milliseconds at which `wake-due` publishes it; absent if there is nothing (more) to publish. */
  dueAt?: number;
  /** How often publishing has failed. */
  failures?: number;
  /** ISO 8601: when the topic had accepted all messages. */
  publishedAt?: string;
};

export const OUTBOX = shapeOf<Omit<OutboxRecord, 'subject' | 'commandId'>>('outbox');

export type Commit = {
  key: StateKey;
  /** 0: the state must not exist. */
  expectedVersion: number;
  /** Absent for a stored refusal, which changes no state but depends on the version that was read. */
  next?: StoredState<unknown>;
  outbox: OutboxRecord;
  /** Created in the same transaction. */
  rows: readonly NewRow[];
  /** Written, or only checked, in the same transaction. If one was changed in the meantime, the result is a conflict. */
  related?: readonly RelatedState[];
};

export type CommitResult =
  | { kind: 'committed' }
  /** The command's outbox row exists. This takes precedence over every other condition. */
  | { kind: 'duplicate'; record: OutboxRecord }
  /** Another process has changed the state, or is about to. */
  | { kind: 'conflict' };

/**
 * Commands and their outcomes: state and outbox in one transaction.
 *
 * Every store upgrades the rows that it reads to the version that this release knows. A row in a newer version is
 * neither read nor changed: every method that returns a row throws NewerVersion.
 */
export type OnceStore = {
  /** Consistent: the state, and the record of the command if it was handled before. */
  load<State>(
    key: StateKey,
    commandId: string,
    shape: Shape<State>,
  ): Promise<{ stored?: StoredState<State>; record?: OutboxRecord }>;
  /**
   * All or nothing.
   * @throws StoreUnavailable when the outcome is unknown: commit the same again.
   */
  commit(commit: Commit): Promise<CommitResult>;
};

export type ReplaceResult<State> = { kind: 'replaced' } | { kind: 'conflict'; current: StoredState<State> | undefined };

/** Single states of one shape outside a command, such as a state that a sender reads, claims and releases. */
export type StateStore<State> = {
  read(key: StateKey): Promise<StoredState<State> | undefined>;
  /** Writes `next` (whose version is `expectedVersion + 1`) if the stored version is `expectedVersion`. */
  replace(key: StateKey, expectedVersion: number, next: StoredState<State>): Promise<ReplaceResult<State>>;
};

/** A store of every shape's states, for callers that need several. */
export type StateStores = { statesOf<State>(shape: Shape<State>): StateStore<State> };

/** Outbox rows, for `wake-due` and the relay. */
export type OutboxStore = {
  /** @throws NewerVersion, or PoisonMessage if the row is not an outbox record that this release can read. */
  readOutbox(subject: Subject, commandId: string): Promise<OutboxRecord | undefined>;
  /** Records that everything is published. It can be repeated, and does not create a row that no longer exists. */
  markPublished(subject: Subject, commandId: string, publishedAt: string): Promise<void>;
  /** Postpones the row to `dueAt`. Without `failures`, only its position in the index changes. */
  postpone(subject: Subject, commandId: string, dueAt: number, failures?: number): Promise<void>;
  /** Records that the row can never be published. It is no longer due, and is kept so that a person can examine it. */
  bury(subject: Subject, commandId: string, buriedAt: string): Promise<void>;
  /** A row that was set aside, and is not published, is due again. */
  makeDue(subject: Subject, commandId: string, dueAt: number): Promise<void>;
};

/** The commands of a subject and of its parts. */
export type OutboxHistory = {
  /** In no order. Consistent read. @throws NewerVersion, or PoisonMessage if this release cannot read a row. */
  readOutboxOf(subject: Subject): Promise<OutboxRecord[]>;
};

/** The index of due rows. */
export type DueStore = {
  /** Rows of one kind that are due at `now`, and since `from` or later, oldest first, at most `limit`. */
  due<Row extends DueRow>(kind: DueKind<Row>, now: number, limit: number, from?: number): Promise<Row[]>;
  /** Changes only the position of a row in the index, because the row could not be processed. */
  postponeDue(key: StateKey, dueAt: number): Promise<void>;
  /** How many rows of a kind are in the index, and since when the oldest is due (epoch milliseconds). */
  gauge(kindName: string): Promise<Gauge>;
};

/** The index as it is stored. It may contain entries of other releases. */
export type DueIndex = Omit<DueStore, 'due'> & {
  /**
   * What is due at `now`, oldest first: at most `limit` rows, and the entries that this release cannot read. These do
   * not count towards the limit: the store continues past them, up to a bound. @param from absent: the beginning.
   */
  entriesDue<Row extends DueRow>(
    kind: DueKind<Row>,
    now: number,
    limit: number,
    from?: number,
  ): Promise<DueEntries<Row>>;
  /** Moves an unreadable entry in the index, unless it was moved since. The rest of its row does not change. */
  postponeEntry(entry: DueUnreadable, dueAt: number): Promise<void>;
};

export type DueEntries<Row> = { rows: Row[]; unreadable: DueUnreadable[] };

/** An entry that this release cannot read, probably of a newer release. `entry` is the store's own name for its row. */
export type DueUnreadable = DueRow & { entry: string };

export type Gauge = { count: number /** Epoch milliseconds. */; oldestDueAt?: number };

export type DeadLetterStore = {
  /** @param seenAt epoch milliseconds. A late record with an earlier time never moves the letter's last time back. */
  recordDeadLetter(letter: DeadLetter, seenAt: number): Promise<void>;
  /**
   * Changes a dead letter that exists, in one conditional write. If it was changed in the meantime, `change` is called
   * again with what was found.
   * @param known what the caller has read; without it, the dead letter is read first.
   * @returns the dead letter after that: changed, or as it was found. undefined: it does not exist.
   */
  changeDeadLetter(
    id: string,
    change: LetterChange,
    known?: StoredState<DeadLetterRecord>,
  ): Promise<DeadLetterRecord | undefined>;
  /** Those that exist, by their ids. Consistent. */
  readDeadLetters(ids: readonly string[]): Promise<ReadonlyMap<string, StoredState<DeadLetterRecord>>>;
  /**
   * Those that no subscriber has handled: open, being redriven, or discarded. In no order. Discarded ones that were opened
   * before `since` (epoch milliseconds) are missing.
   */
  unhandledDeadLetters(limit: number, subscriber: string, since: number): Promise<DeadLetterRecord[]>;
  /** How many are open, and since when the oldest is. A count beyond thousands is a lower bound. */
  openGauge(): Promise<Gauge>;
};

/** Dead letters in lists, for operators. */
export type DeadLetterLists = {
  listGroups(): Promise<DeadLetterGroup[]>;
  /** How many dead letters of these groups have this status. A count beyond thousands is a lower bound. */
  gaugeOf(status: DeadLetterStatus, fingerprint: string): Promise<Gauge>;
  /**
   * Dead letters of these lists, oldest first: at least `limit` if there are so many, and all with the last one's time.
   * @property from, to epoch milliseconds of `openedAt`, inclusive.
   */
  listLetters(
    lists: readonly DeadLetterList[],
    range: { from: number; to: number },
    limit: number,
  ): Promise<{ letters: DeadLetterRecord[]; isLast: boolean }>;
};

export type DeadLetterList = { status: DeadLetterStatus; fingerprint: string };

/** One message on its way to the topic. */
export type Publication = {
  /** Unique within the call. It identifies failed messages in the result. */
  key: string;
  body: string;
  attributes: Record<string, string>;
  /** The tenant, because queues serve groups fairly. */
  groupId: string;
};

export type PublishFailure = {
  key: string;
  reason: string;
  /** True if the message can never be published as it is, so a retry is useless. */
  permanent: boolean;
};

export type Publisher = {
  /** At most 10 messages and 256 KB. Every message that is not in the failures was accepted. */
  publishBatch(publications: readonly Publication[]): Promise<PublishFailure[]>;
};

/** The store did not report the outcome of the call, or requested a retry. Nothing is known to be done. */
export class StoreUnavailable extends Failure {
  override readonly name = 'StoreUnavailable';
  readonly code = 'STORE_UNAVAILABLE';
  readonly retriable = true;
  readonly next = 'Repeat the operation.';
}
