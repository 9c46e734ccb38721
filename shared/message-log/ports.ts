import type { Subject } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { NotificationContent } from '#shared/notification/content.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';

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
export type LoggedContent = { content?: NotificationContent; events: RecipientEvent[] };

export type LoggedNotification = LoggedContent & { key: NotificationKey; stored: StoredState<Notification> };

/** The tenant's message log. Every method makes one read call, repeated only for what the store left unread. */
export type MessageLogStore = {
  /** Newest first. The log may lag behind its rows without a time limit. It contains each notification once. */
  listLog(tenant: string, range: LogRange, limit: number): Promise<LogPage>;
  /** States of at most 100 notifications, by id, without those that no longer exist. Consistent read. */
  readStates(keys: readonly NotificationKey[]): Promise<Map<string, StoredState<Notification>>>;
  /** Contents and events of at most 50 notifications, by id. Consistent read. */
  readContents(keys: readonly NotificationKey[]): Promise<Map<string, LoggedContent>>;
  /** States and events of at most 50 notifications, unordered, without those that no longer exist. Consistent read. */
  readProgress(keys: readonly NotificationKey[]): Promise<Omit<LoggedNotification, 'content'>[]>;
  /** Everything about one notification. Consistent read. */
  readLogged(key: NotificationKey): Promise<LoggedNotification | undefined>;
  /** Everything about a subject's notifications. A subject has only a few. Consistent read. */
  readLoggedOf(subject: Subject): Promise<LoggedNotification[]>;
};
