import type { StateKey, StatePart, Subject } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { StateStore } from '#shared/once/ports.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import type { NotificationContent, Rendered } from './content.ts';
import type { Notification } from './notification.ts';

/** A notification with its content. */
export type StoredNotification = {
  stored: StoredState<Notification>;
  /** undefined: it was erased, or has expired. */
  content: NotificationContent | undefined;
};

/** A notification without its content. */
export type ListedNotification = { notificationId: string; stored: StoredState<Notification> };

export type NotificationStore = StateStore<Notification> & {
  /** Notification and content in one consistent read. */
  readWithContent(key: StateKey): Promise<StoredNotification | undefined>;
  /** Every notification about a subject, without content. */
  listOf(subject: Subject): Promise<ListedNotification[]>;
  /**
   * Stores the rendered message unless one is already stored.
   * @returns the stored one, so that every attempt and every later query shows the same message.
   */
  keepRendered(key: StateKey, rendered: Rendered): Promise<Rendered>;
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
  | { key: NotificationKey; stored: StoredState<Notification> }
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

/** The key of a notification's row: see `notificationKey`. */
export type NotificationKey = Subject & { part: StatePart; notificationId: string };

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
