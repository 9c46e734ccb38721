import type { DueKind, WakeKind } from '#shared/messaging/due.ts';
import { Failure } from '#shared/messaging/failure.ts';
import type { StateKey, StatePart, Subject } from '#shared/messaging/identity.ts';
import type { RecipientEvent } from '#shared/messaging/recipient-event.ts';
import type { NewRow, RelatedState, StoredState } from '#shared/messaging/rows.ts';

export type { RelatedState, StoredState } from '#shared/messaging/rows.ts';

/** Milliseconds since the epoch. */
export type Clock = { now(): number };

/** Waits; in a simulation, lets others run. */
export type Timer = { sleep(durationMs: number): Promise<void> };

export type Randomness = {
  /** A fresh unguessable id of `A-Z a-z 0-9 -`. */
  nonce(): string;
  /** At least 0, less than 1. */
  fraction(): number;
};

/** Structured log lines. Never an address, a number, a name or content. */
export type Log = {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
};

/** What a caller was told, kept so that every repetition is told the same. */
export type Outcome = {
  accepted: boolean;
  /** Version of the state that the decision left behind (or looked at, for a refusal). */
  version: number;
  /** JSON text: the answer, or the rejection. Kept as text, so that it is repeated to the byte. */
  answer: string;
};

/** One handled command: the record that recognises its repetition and holds what it has to say. */
export type OutboxRecord = {
  subject: Subject;
  /** `http#<hash>` or `msg#<subscriber>#<message id>`: two spaces, so that no caller can pre-empt a subscriber. */
  commandId: string;
  /** Made anew for each execution: tells our own lost answer from somebody else's commit. */
  nonce: string;
  /** Keyed hash of the command as received; a repetition with another one is a conflict. */
  fingerprint: string;
  outcome: Outcome;
  /** Envelopes as JSON text: what is published is to the byte what was committed. */
  messages: readonly string[];
  /** ISO 8601. */
  createdAt: string;
  /** Epoch milliseconds at which `wake-due` publishes it; absent when there is nothing (more) to publish. */
  dueAt?: number;
  /** How often publishing has failed. */
  failures?: number;
  /** ISO 8601: when the topic had taken all of it. */
  publishedAt?: string;
};

export type Commit = {
  key: StateKey;
  /** 0: the state must not exist. */
  expectedVersion: number;
  /** Absent for a stored refusal, which changes nothing but depends on the version it looked at. */
  next?: StoredState;
  outbox: OutboxRecord;
  /** Created with it, or not at all. */
  rows: readonly NewRow[];
  /** Written with it, or not at all; one that was changed in the meantime is a conflict like any. */
  related?: readonly RelatedState[];
};

export type CommitResult =
  | { kind: 'committed' }
  /** The command's outbox row exists. Decided before any other condition. */
  | { kind: 'duplicate'; record: OutboxRecord }
  /** Somebody else changed the state, or is about to. */
  | { kind: 'conflict' };

/**
 * Commands and their outcomes: state and outbox in one transaction.
 *
 * What is read from any store is upgraded to what this release knows. A row that a newer release wrote in
 * a version after that is neither read nor changed: NewerVersion, from every method that shows a row.
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

/** Single states outside a command: what a sender reads, claims and releases. */
export type StateStore = {
  read(key: StateKey): Promise<StoredState | undefined>;
  /** Writes `next` (whose version is `expectedVersion + 1`) if the stored version is `expectedVersion`. */
  replace(key: StateKey, expectedVersion: number, next: StoredState): Promise<ReplaceResult>;
};

/** A notification with what it says; `content` is typed by its domain. */
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
   * Keeps the rendered message unless one is kept already.
   * @returns the one that is kept: every attempt and every later look shows the same.
   */
  keepRendered(key: StateKey, rendered: object): Promise<unknown>;
};

/** A part of the table, so that several can be looked through side by side. */
export type ScanPart = {
  /** From 0. */
  segment: number;
  segments: number;
  /** Where the page before ended; absent: from the part's beginning. */
  cursor?: string;
};

export type ScannedNotification =
  | { key: NotificationKey; stored: StoredState }
  /** This release cannot read the row, whose key is `row`; `code` and `detail` say why, without its content. */
  | { row: string; code: string; detail: string };

export type ScanPage = {
  found: ScannedNotification[];
  /** Rows of any kind that were read for it: what it costs. */
  rows: number;
  /** Absent: the part has ended. */
  cursor?: string;
};

/** Every notification there is, page by page: for repairs, never for requests. */
export type NotificationScan = { scanNotifications(part: ScanPart): Promise<ScanPage> };

/** Takes back what was said. */
export type ContentStore = {
  /**
   * Erases a notification's content, or the addresses at these positions. Harmless when repeated, or where there is
   * nothing; what was erased whole cannot come back. A whole content is erased without being read.
   * @throws NewerVersion, PoisonMessage for addresses in a content that this release cannot read.
   */
  eraseContent(key: StateKey, what: 'all' | readonly number[]): Promise<void>;
};

/** What `wake-due` and the relay do with outbox rows. */
export type OutboxStore = {
  /** @throws NewerVersion, or PoisonMessage if the row is no outbox record that this release can read. */
  readOutbox(subject: Subject, commandId: string): Promise<OutboxRecord | undefined>;
  /** Nothing is left to publish. Harmless when repeated; a row that is gone stays gone. */
  markPublished(subject: Subject, commandId: string, publishedAt: string): Promise<void>;
  /** Not now: look at it again at `dueAt`. Without `failures`, only its place in the index moves. */
  postpone(subject: Subject, commandId: string, dueAt: number, failures?: number): Promise<void>;
  /** It can never be published: it is not due any more, and stays for people to look at. */
  bury(subject: Subject, commandId: string, buriedAt: string): Promise<void>;
};

/** Something that is due, as the index names it. The index may be behind: re-read before acting. */
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
/** A tenant's statistics have to be compared with the rows that they count. */
export type DueReview = { kind: 'statistics'; dueAt: number; tenant: string };

/** An entry that this release cannot read, most likely of a newer one. `entry` is the store's own name for its row. */
export type DueUnreadable = { kind: 'unreadable'; dueAt: number; entry: string };

export type DueStore = {
  /**
   * What is due at `now`, oldest first, at most `limit` rows of one kind. Entries that this release cannot read do not
   * count against the limit: the store reads on past them, within a bound, and returns them beside the others.
   */
  due(kind: WakeKind, now: number, limit: number): Promise<DueRow[]>;
  /** Moves a notification's place in the index and nothing else, for a row that could not be woken. */
  postponeDue(key: StateKey, dueAt: number): Promise<void>;
  /** How many rows of a kind stand in the index, and since when the oldest is due (epoch milliseconds). */
  gauge(kind: DueKind): Promise<Gauge>;
};

/** A store whose index may hold entries of other releases. */
export type SharedDueStore = DueStore & {
  /** Moves such an entry in the index, unless it was moved since, and changes nothing else of its row. */
  stepAside(row: DueUnreadable, dueAt: number): Promise<void>;
};

export type Gauge = { count: number /** Epoch milliseconds. */; oldestDueAt?: number };

/** Something that can never be handled as it is, kept for people with its reason. No personal data. */
export type DeadLetter = {
  /** The function that could not handle it. */
  subscriber: string;
  /** Of the message where it has one: the same dead letter is recorded once, and counted. */
  id: string;
  /** A code. */
  reason: string;
  detail: string;
  /** The message, where it may be shown: ours carry no personal data, a provider's do. */
  message?: string;
};

export type OpenDeadLetter = DeadLetter & { firstSeenAt: string; lastSeenAt: string; count: number };

export type DeadLetterStore = {
  /** @param seenAt epoch milliseconds. One that is recorded late never lets the letter look older than it is. */
  recordDeadLetter(letter: DeadLetter, seenAt: number): Promise<void>;
  /** Oldest first. */
  openDeadLetters(limit: number): Promise<OpenDeadLetter[]>;
};

/** What was known of a notification's recipients, and what is known now. */
export type RecordedOutcomes = { before: RecipientEvent[]; after: RecipientEvent[] };

/**
 * What providers told of each recipient, one row a notification. It only ever grows: of each kind the earliest
 * is kept, in whichever order and however often they are told, so that no version guards it, and fifty at
 * once never wait for each other.
 */
export type OutcomeStore = {
  /** Adds what one of the provider's events says. Equal `before` and `after`: it was known. */
  recordOutcomes(key: NotificationKey, events: readonly RecipientEvent[]): Promise<RecordedOutcomes>;
  /** Consistent; empty while nothing was told. */
  readOutcomes(key: NotificationKey): Promise<RecipientEvent[]>;
};

/** Where a notification is kept: see `notificationKey`. */
export type NotificationKey = Subject & { part: StatePart; notificationId: string };

/** One line of a tenant's message log. Positions sort by time, then by id; nothing ever changes its position. */
export type LogEntry = { key: NotificationKey; position: string };

export type LogPage = {
  entries: LogEntry[];
  isLast: boolean;
  /** Positions on the page whose id is none that this release knows. */
  unknown: string[];
  /** Position that the page reached, of whichever id: the next page begins after it. Absent: the page is empty. */
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

/** What a notification says, and what was told of its recipients; no content: it was erased. */
export type LoggedContent = { content?: unknown; events: RecipientEvent[] };
export type LoggedNotification = LoggedContent & { key: NotificationKey; stored: StoredState };

/** The tenant's message log. Every method is one read call, repeated only for what the store left unread. */
export type MessageLogStore = {
  /** Newest first. The log may be behind its rows, with no bound on how long, and names each one once. */
  listLog(tenant: string, range: LogRange, limit: number): Promise<LogPage>;
  /** Of at most 100 notifications, by id; consistent. One that is gone is left out. */
  readStates(keys: readonly NotificationKey[]): Promise<Map<string, StoredState>>;
  /** Of at most 50 notifications, by id; consistent. */
  readContents(keys: readonly NotificationKey[]): Promise<Map<string, LoggedContent>>;
  /** State and outcomes of at most 50 notifications, in no order, without those that are gone; consistent. */
  readProgress(keys: readonly NotificationKey[]): Promise<Omit<LoggedNotification, 'content'>[]>;
  /** Everything about one notification; consistent. */
  readLogged(key: NotificationKey): Promise<LoggedNotification | undefined>;
  /** Everything about a subject's notifications, of which there are few; consistent. */
  readLoggedOf(subject: Subject): Promise<LoggedNotification[]>;
};

/** A minute of a tenant's statistics: `2026-01-31T12:34`, in UTC. */
export type Minute = { tenant: string; minute: string };

/** What was counted; by channel, typed by its domain. */
export type CountedMinute = {
  figures: object;
  /** There were more than can be counted. */
  isPartial?: true;
  /** Epoch milliseconds before which it is not counted again. */
  restsUntil: number;
};
export type CountedHour = { /** `2026-01-31T12`, in UTC. */ hour: string; figures: object; isPartial?: true };

/** Statistics: figures of minutes, which are counted when they are marked, and the sums of hours. */
export type StatisticsStore = {
  /**
   * It has to be counted, at `dueAt` (epoch milliseconds) or before if that was said earlier. One write.
   * @returns when the mark that stands now is due, and no count of it begins before; undefined if that is not known.
   */
  markMinute(minute: Minute, dueAt: number): Promise<number | undefined>;
  /** Begins to count it: a later mark is no longer this one. False: it is not due, or rests. @throws NewerVersion */
  takeMinute(minute: Minute, nonce: string, now: number): Promise<boolean>;
  /**
   * Keeps what was counted and adds up the hour. It stays due until the hour is added up, and if it was marked
   * meanwhile; what another counted later stays.
   */
  keepMinute(minute: Minute, nonce: string, counted: CountedMinute): Promise<void>;
  /** What was counted of a minute; undefined: nothing. @throws NewerVersion */
  readMinute(minute: Minute): Promise<Omit<CountedHour, 'hour'> | undefined>;
  /** Moves the place of one that could not be counted in the index, and changes nothing else of its row. */
  postponeMinute(minute: Minute, dueAt: number): Promise<void>;
  /** Hours from one to another (both included) of which something was counted, in their order. */
  readHours(tenant: string, from: string, to: string): Promise<CountedHour[]>;
};

/** Why nothing is sent to a recipient any more. */
export type SuppressionReason = 'BOUNCE' | 'COMPLAINT' | 'MANUAL';

/** A tenant writes to this recipient no more, until it is lifted. */
export type Suppression = {
  /** See `recipientKey`: no address. */
  recipient: string;
  channel: 'email' | 'sms';
  reason: SuppressionReason;
  /** Id of the notification whose feedback it was, or who asked for it. */
  origin: string;
  /** ISO 8601: when that happened, by whoever saw it. */
  since: string;
};

export type SuppressionPage = {
  suppressions: Suppression[];
  /** Absent: there are no more. A page may be short, or empty, and have one. */
  cursor?: string;
};

export type SuppressionStore = {
  /**
   * From now on nothing is sent to the recipient. Of several reasons the earliest stays, in whichever order
   * they come; one from before the last lift is over, and changes nothing.
   * @returns what is in force afterwards; undefined: nothing, because it was lifted since.
   */
  suppress(tenant: string, suppression: Suppression): Promise<Suppression | undefined>;
  /**
   * @param at epoch milliseconds: what happened before it does not suppress again, however late it is told.
   * @returns what was lifted; undefined if nothing was in force.
   */
  liftSuppression(tenant: string, recipient: string, at: number): Promise<Suppression | undefined>;
  /** Which of these recipients (at most 100) are suppressed; consistent. */
  suppressionsOf(tenant: string, recipients: readonly string[]): Promise<Suppression[]>;
  /** By recipient key. @param limit rows that are looked at. */
  listSuppressions(tenant: string, limit: number, cursor?: string): Promise<SuppressionPage>;
};

/** What stands against a notification: suppressions of its recipients, and erasures of them and its customer. */
export type Objections = {
  suppressions: Suppression[];
  /** Of any time; typed by its domain. */
  erasures: { key: Subject; stored: StoredState }[];
};

export type ObjectionStore = {
  /**
   * One consistent read call for up to 100 rows.
   * @param erasures where erasures of the recipients and the customer would stand.
   * @throws NewerVersion, PoisonMessage
   */
  objectionsTo(tenant: string, recipients: readonly string[], erasures: readonly Subject[]): Promise<Objections>;
};

/** Whose attachment, and which. */
export type AttachmentAddress = { tenant: string; attachmentId: string };

/** The bytes of attachments, apart from their rows: no row, message or log ever holds them. */
export type AttachmentObjects = {
  /**
   * What is stored for an attachment; undefined: nothing.
   * @returns `sha256` in hexadecimal, by the store that computed it when the bytes came.
   * @throws StoreUnavailable
   */
  inspect(address: AttachmentAddress): Promise<{ size: number; sha256?: string } | undefined>;
  /** @throws StoreUnavailable */
  read(address: AttachmentAddress): Promise<Uint8Array | undefined>;
  /** Harmless when repeated, or when there is nothing. @throws StoreUnavailable */
  remove(address: AttachmentAddress): Promise<void>;
};

/** A request that a client makes by itself, and with nothing else: its headers are part of what was signed. */
export type UploadRequest = { url: string; method: 'PUT'; headers: Record<string, string> };

export type AttachmentUploads = {
  /** @param file what alone can be uploaded. @param when epoch milliseconds, and for how long it may begin. */
  uploadRequest(
    address: AttachmentAddress,
    file: { contentType: string; size: number; sha256: string },
    when: { now: number; expiresInSeconds: number },
  ): Promise<UploadRequest>;
};

/** One message on its way to the topic. */
export type Publication = {
  /** Unique within the call; says in the result which ones failed. */
  key: string;
  body: string;
  attributes: Record<string, string>;
  /** Tenant: queues serve groups fairly. */
  groupId: string;
};

export type PublishFailure = {
  key: string;
  reason: string;
  /** True if it can never be published as it is: trying again is no use. */
  permanent: boolean;
};

export type Publisher = {
  /** At most 10 messages and 256 KB. Everything not among the failures was accepted. */
  publishBatch(publications: readonly Publication[]): Promise<PublishFailure[]>;
};

/** The store did not say what became of the call, or asked to try again: nothing is known to be done. */
export class StoreUnavailable extends Failure {
  override readonly name = 'StoreUnavailable';
  readonly code = 'STORE_UNAVAILABLE';
  readonly retriable = true;
  readonly next = 'Do the same again.';
}
