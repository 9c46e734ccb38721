import type { DueKind, WakeKind } from '#shared/messaging/due.ts';
import { Failure } from '#shared/messaging/failure.ts';
import type { StateKey, StatePart, Subject } from '#shared/messaging/identity.ts';
import type { RecipientEvent } from '#shared/messaging/recipient-event.ts';
import type { NewRow, RelatedState, StoredState } from '#shared/messaging/rows.ts';

export type { RelatedState, StoredState } from '#shared/messaging/rows.ts';

/** Milliseconds since the epoch. */
export type Clock = { now(): number };

/** Waits. In a simulation, it lets other tasks run. */
export type Timer = { sleep(durationMs: number): Promise<void> };

export type Randomness = {
  /** A fresh unguessable id of `A-Z a-z 0-9 -`. */
  nonce(): string;
  /** At least 0, less than 1. */
  fraction(): number;
};

/** Structured log lines. They never contain an address, a telephone number, a name or content. */
export type Log = {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
};

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

export type Commit = {
  key: StateKey;
  /** 0: the state must not exist. */
  expectedVersion: number;
  /** Absent for a stored refusal, which changes no state but depends on the version that was read. */
  next?: StoredState;
  outbox: OutboxRecord;
  /** Created in the same transaction. */
  rows: readonly NewRow[];
  /** Written in the same transaction. If one was changed in the meantime, the result is a conflict. */
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
  load(key: StateKey, commandId: string): Promise<{ stored?: StoredState; record?: OutboxRecord }>;
  /**
   * All or nothing.
   * @throws StoreUnavailable when the outcome is unknown: commit the same again.
   */
  commit(commit: Commit): Promise<CommitResult>;
};

export type ReplaceResult = { kind: 'replaced' } | { kind: 'conflict'; current: StoredState | undefined };

/** Single states outside a command, which a sender reads, claims and releases. */
export type StateStore = {
  read(key: StateKey): Promise<StoredState | undefined>;
  /** Writes `next` (whose version is `expectedVersion + 1`) if the stored version is `expectedVersion`. */
  replace(key: StateKey, expectedVersion: number, next: StoredState): Promise<ReplaceResult>;
};

/** A notification with its content, which the domain types. */
export type StoredNotification = {
  stored: StoredState;
  /** undefined: it was erased, or has expired. */
  content: unknown;
};

export type NotificationStore = StateStore & {
  /** Notification and content in one consistent read. */
  readWithContent(key: StateKey): Promise<StoredNotification | undefined>;
  /** Every notification about a subject, without content. */
  listOf(subject: Subject): Promise<{ notificationId: string; stored: StoredState }[]>;
  /**
   * Stores the rendered message unless one is already stored.
   * @returns the stored one, so that every attempt and every later query shows the same message.
   */
  keepRendered(key: StateKey, rendered: object): Promise<unknown>;
};

/** A part of the table, so that several parts can be scanned in parallel. */
export type ScanPart = {
  /** From 0. */
  segment: number;
  segments: number;
  /** Where the previous page ended; absent: from the beginning of the part. */
  cursor?: string;
};

export type ScannedNotification =
  | { key: NotificationKey; stored: StoredState }
  /** This release cannot read the row. `row` is its key; `code` and `detail` give the reason, without its content. */
  | { row: string; code: string; detail: string };

export type ScanPage = {
  found: ScannedNotification[];
  /** Rows of any kind that were read for this page. They determine its cost. */
  rows: number;
  /** Absent: the part has ended. */
  cursor?: string;
};

/** All notifications, page by page. For repairs only, never for requests. */
export type NotificationScan = { scanNotifications(part: ScanPart): Promise<ScanPage> };

/** Erases content. */
export type ContentStore = {
  /**
   * Erases a notification's content, or the addresses at these positions. It can be repeated, and does nothing if there
   * is no content. After `all`, the content cannot be created again. `all` erases the content without reading it.
   * @throws NewerVersion, PoisonMessage if addresses are in a content that this release cannot read.
   */
  eraseContent(key: StateKey, what: 'all' | readonly number[]): Promise<void>;
};

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
};

/** An entry of the index of due rows. The index may be stale, so read the row again before acting. */
export type DueRow =
  | DueOutbox
  | DueNotification
  | DueAttachment
  | DueErasure
  | DueStatistics
  | DueReview
  | DueUnreadable;
export type DueOutbox = { kind: 'outbox'; dueAt: number; subject: Subject; commandId: string };
export type DueNotification = {
  kind: 'notification' | 'unknown';
  dueAt: number;
  key: NotificationKey;
};
export type DueAttachment = { kind: 'attachment'; dueAt: number; key: Subject };
export type DueErasure = { kind: 'erasure'; dueAt: number; key: Subject };
export type DueStatistics = { kind: 'statistics'; dueAt: number; minute: Minute };
/** Due comparison of a tenant's statistics with the rows that they count. */
export type DueReview = { kind: 'statistics'; dueAt: number; tenant: string };

/** An entry that this release cannot read, probably of a newer release. `entry` is the store's own name for its row. */
export type DueUnreadable = { kind: 'unreadable'; dueAt: number; entry: string };

export type DueStore = {
  /**
   * Rows of one kind that are due at `now`, oldest first, at most `limit`. Entries that this release cannot read do not
   * count towards the limit: the store continues past them, up to a bound, and returns them with the others.
   */
  due(kind: WakeKind, now: number, limit: number): Promise<DueRow[]>;
  /** Changes only the position of a row in the index, because the row could not be processed. */
  postponeDue(key: StateKey, dueAt: number): Promise<void>;
  /** How many rows of a kind are in the index, and since when the oldest is due (epoch milliseconds). */
  gauge(kind: DueKind): Promise<Gauge>;
};

/** A store whose index may contain entries of other releases. */
export type SharedDueStore = DueStore & {
  /** Moves an unreadable entry in the index, unless it was moved since. The rest of its row does not change. */
  stepAside(row: DueUnreadable, dueAt: number): Promise<void>;
};

export type Gauge = { count: number /** Epoch milliseconds. */; oldestDueAt?: number };

/** A message that can never be handled as it is. It is stored with the reason, for a person. No personal data. */
export type DeadLetter = {
  /** The function that could not handle it. */
  subscriber: string;
  /** The id of the message, if it has one: the same dead letter is recorded once, and its repetitions are counted. */
  id: string;
  /** A code. */
  reason: string;
  detail: string;
  /** The message, if it may be shown: our messages contain no personal data, a provider's events do. */
  message?: string;
};

export type OpenDeadLetter = DeadLetter & { firstSeenAt: string; lastSeenAt: string; count: number };

export type DeadLetterStore = {
  /** @param seenAt epoch milliseconds. A late record with an earlier time never moves the letter's last time back. */
  recordDeadLetter(letter: DeadLetter, seenAt: number): Promise<void>;
  /** Oldest first. */
  openDeadLetters(limit: number): Promise<OpenDeadLetter[]>;
};

/** The known events of a notification's recipients, before and after a write. */
export type RecordedOutcomes = { before: RecipientEvent[]; after: RecipientEvent[] };

/**
 * Events that providers reported about each recipient, in one row per notification. The row only grows: for each
 * recipient and kind it keeps the earliest event, so the result does not depend on order or repetitions. The row
 * therefore needs no version, and fifty concurrent writes do not wait for each other.
 */
export type OutcomeStore = {
  /** Adds the events. If `before` and `after` are equal, all of them were already known. */
  recordOutcomes(key: NotificationKey, events: readonly RecipientEvent[]): Promise<RecordedOutcomes>;
  /** Consistent read; empty if nothing was reported yet. */
  readOutcomes(key: NotificationKey): Promise<RecipientEvent[]>;
};

/** The key of a notification's row: see `notificationKey`. */
export type NotificationKey = Subject & { part: StatePart; notificationId: string };

/** One entry of a tenant's message log. Positions sort by time, then by id. A position never changes. */
export type LogEntry = { key: NotificationKey; position: string };

export type LogPage = {
  entries: LogEntry[];
  isLast: boolean;
  /** Positions on the page whose id has a format that this release does not know. */
  unknown: string[];
  /** Last position of the page, even if its id is unknown. The next page begins after it. Absent: the page is empty. */
  last?: string;
};

export type LogRange = {
  /** ISO 8601 in UTC with milliseconds; inclusive. */
  from?: string;
  /** ISO 8601 in UTC with milliseconds; exclusive. */
  to?: string;
  /** Position after which the page begins. */
  after?: string;
};

/** A notification's content, and the events of its recipients. Without `content`: it was erased or has expired. */
export type LoggedContent = { content?: unknown; events: RecipientEvent[] };
export type LoggedNotification = LoggedContent & { key: NotificationKey; stored: StoredState };

/** The tenant's message log. Every method makes one read call, repeated only for what the store left unread. */
export type MessageLogStore = {
  /** Newest first. The log may lag behind its rows without a time limit. It contains each notification once. */
  listLog(tenant: string, range: LogRange, limit: number): Promise<LogPage>;
  /** States of at most 100 notifications, by id, without those that no longer exist. Consistent read. */
  readStates(keys: readonly NotificationKey[]): Promise<Map<string, StoredState>>;
  /** Contents and events of at most 50 notifications, by id. Consistent read. */
  readContents(keys: readonly NotificationKey[]): Promise<Map<string, LoggedContent>>;
  /** States and events of at most 50 notifications, unordered, without those that no longer exist. Consistent read. */
  readProgress(keys: readonly NotificationKey[]): Promise<Omit<LoggedNotification, 'content'>[]>;
  /** Everything about one notification. Consistent read. */
  readLogged(key: NotificationKey): Promise<LoggedNotification | undefined>;
  /** Everything about a subject's notifications. A subject has only a few. Consistent read. */
  readLoggedOf(subject: Subject): Promise<LoggedNotification[]>;
};

/** A minute of a tenant's statistics: `2026-01-31T12:34`, in UTC. */
export type Minute = { tenant: string; minute: string };

/** The result of a count. `figures` are by channel, and typed by their domain. */
export type CountedMinute = {
  figures: object;
  /** There were more notifications than can be counted. */
  isPartial?: true;
  /** Epoch milliseconds. The minute is not counted again before. */
  restsUntil: number;
};
export type CountedHour = { /** `2026-01-31T12`, in UTC. */ hour: string; figures: object; isPartial?: true };

/** Statistics: the figures of minutes, which are counted after they are marked, and the sums of hours. */
export type StatisticsStore = {
  /**
   * Marks the minute to be counted at `dueAt` (epoch milliseconds). A mark that is already in force is kept. One write.
   * @returns when the mark in force is due. No count of it begins before. undefined: this is not known.
   */
  markMinute(minute: Minute, dueAt: number): Promise<number | undefined>;
  /** Begins a count: a later mark is a new one. False: the minute is not due, or rests. @throws NewerVersion */
  takeMinute(minute: Minute, nonce: string, now: number): Promise<boolean>;
  /**
   * Stores the count and adds up the hour. The minute stays due until the hour is added up. It also stays due if it was
   * marked in the meantime. A later count by another process is not overwritten.
   */
  keepMinute(minute: Minute, nonce: string, counted: CountedMinute): Promise<void>;
  /** The stored count of a minute; undefined: there is none. @throws NewerVersion */
  readMinute(minute: Minute): Promise<Omit<CountedHour, 'hour'> | undefined>;
  /** Changes only the position of a minute in the index, because the minute could not be counted. */
  postponeMinute(minute: Minute, dueAt: number): Promise<void>;
  /** Hours with a count from `from` to `to` (both inclusive), in order. */
  readHours(tenant: string, from: string, to: string): Promise<CountedHour[]>;
};

/** Why a recipient is suppressed. */
export type SuppressionReason = 'BOUNCE' | 'COMPLAINT' | 'MANUAL';

/** Until the suppression is lifted, nothing of this tenant is sent to the recipient. */
export type Suppression = {
  /** A recipient key, not an address: see `recipientKey`. */
  recipient: string;
  channel: 'email' | 'sms';
  reason: SuppressionReason;
  /** Id of the notification that the feedback was about, or the requester of the suppression. */
  origin: string;
  /** ISO 8601: when it happened, by the clock of the system that reported it. */
  since: string;
};

export type SuppressionPage = {
  suppressions: Suppression[];
  /** Absent: this is the last page. A page with a cursor may be short or empty. */
  cursor?: string;
};

export type SuppressionStore = {
  /**
   * Suppresses the recipient. Of several suppressions the earliest is kept, whatever their order. A suppression from
   * before the last lift changes nothing.
   * @returns the suppression in force afterwards; undefined: none, because it was lifted since.
   */
  suppress(tenant: string, suppression: Suppression): Promise<Suppression | undefined>;
  /**
   * @param at epoch milliseconds. An event from before this time does not suppress again, however late it is reported.
   * @returns the suppression that was lifted; undefined if none was in force.
   */
  liftSuppression(tenant: string, recipient: string, at: number): Promise<Suppression | undefined>;
  /** The suppressions of these recipients (at most 100). Consistent read. */
  suppressionsOf(tenant: string, recipients: readonly string[]): Promise<Suppression[]>;
  /** In the order of recipient keys. @param limit rows that are read. */
  listSuppressions(tenant: string, limit: number, cursor?: string): Promise<SuppressionPage>;
};

/** Reasons not to send a notification: suppressions of its recipients, and erasures of its recipients and customer. */
export type Objections = {
  suppressions: Suppression[];
  /** Erasures of any age. Their states are typed by their domain. */
  erasures: { key: Subject; stored: StoredState }[];
};

export type ObjectionStore = {
  /**
   * One consistent read call for up to 100 rows.
   * @param erasures keys under which erasures of the recipients and the customer would be stored.
   * @throws NewerVersion, PoisonMessage
   */
  objectionsTo(tenant: string, recipients: readonly string[], erasures: readonly Subject[]): Promise<Objections>;
};

/** Identifies an attachment of a tenant. */
export type AttachmentAddress = { tenant: string; attachmentId: string };

/** The bytes of attachments, stored separately from their rows. No row, message or log ever contains them. */
export type AttachmentObjects = {
  /**
   * Size and checksum of the stored bytes; undefined: nothing is stored.
   * @returns `sha256` in hexadecimal, as the store computed it when it received the bytes.
   * @throws StoreUnavailable
   */
  inspect(address: AttachmentAddress): Promise<{ size: number; sha256?: string } | undefined>;
  /** @throws StoreUnavailable */
  read(address: AttachmentAddress): Promise<Uint8Array | undefined>;
  /** It can be repeated, and does nothing if there are no bytes. @throws StoreUnavailable */
  remove(address: AttachmentAddress): Promise<void>;
};

/** A request that the client sends to the store itself, with exactly these headers, because they are signed. */
export type UploadRequest = { url: string; method: 'PUT'; headers: Record<string, string> };

export type AttachmentUploads = {
  /** @param file the only file that can be uploaded. @param when epoch milliseconds, and how long it may be started. */
  uploadRequest(
    address: AttachmentAddress,
    file: { contentType: string; size: number; sha256: string },
    when: { now: number; expiresInSeconds: number },
  ): Promise<UploadRequest>;
};

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
  readonly next = 'Do the same again.';
}
