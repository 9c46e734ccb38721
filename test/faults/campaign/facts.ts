import type { Attachment } from '#shared/attachment/attachment.ts';
import type { AuditEntry } from '#shared/dead-letter/audit.ts';
import type { Pauses } from '#shared/lane/pauses.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { DeadLetterGroup, DeadLetterRecord } from '#shared/once/dead-letter.ts';
import type { Order } from '#shared/order/order.ts';
import type { ApprovalEmailView } from '#shared/order/responses.ts';
import type { ListedOrder } from '#shared/order-list/ports.ts';
import type { Redrive } from '#shared/redrive/redrive.ts';
import type { Generations } from '#shared/replay/generations.ts';
import type { Replay } from '#shared/replay/replay.ts';
import type { ShownNotification } from '#test/support/api.ts';
import type { Message } from '#test/support/judge/messages.ts';
import type { ObservedMessage } from './observer.ts';
import type { Outside } from './operator.ts';
import type { ClientsRecord } from './sending.ts';

/** Everything that is known at the end: the answers to clients, the rows of the table, and what the providers received. */
export type Facts = ClientsRecord & {
  orders: OrderRow[];
  /** The rows of the tenants' lists of orders. */
  listed: ListedRow[];
  commands: CommandRow[];
  messages: MessageRow[];
  notifications: NotificationRow[];
  /** Accepted e-mails, without probes of the feed. */
  emails: Arrived[];
  probes: number;
  texts: Arrived[];
  /** Accepted webhooks. Their ids are those of the notifications. */
  webhooks: Arrived[];
  attachments: AttachmentRow[];
  observed: ObservedMessage[];
  shown: ShownOrder[];
  /** What the statistics of each tenant count, by status. */
  counted: { tenant: string; statuses: Record<string, number> }[];
  /** Queues that are not empty, dead-letter queues among them, by the name of their function. */
  queues: { name: string; depth: number }[];
  deadLetters: DeadLetterRow[];
  /** Ids of the open dead letters that the API lists. */
  listedDeadLetters: string[];
  groups: GroupRow[];
  /** Texts that no subscriber can read, and that became dead letters. */
  poison: Poison[];
  /** Dead letters that the last redrive of all did not send, and why. */
  leftOpen: LeftOpen[];
  redrives: RedriveRow[];
  audit: AuditEntry[];
  /** Subscribers that are paused, or are to run again. */
  pauses: Pauses['subscribers'];
  /** What happened while a subscriber was paused. */
  invoked: Invoked[];
  replays: ReplayRow[];
  /** Which list of orders is read. Absent: there was no replay. */
  generations?: Generations;
  /** The stage before and after a replay while nothing else happened. */
  replayed?: { before: Outside; after: Outside };
  /** How long an order may stay unconfirmed. Absent: the stage sends no reminders. */
  reminderAfterMs?: number;
  /** How long an e-mail may stay unreported. Absent: tenants have set no fallback. */
  fallbackAfterMs?: number;
};

export type DeadLetterRow = { deadLetterId: string } & Pick<
  DeadLetterRecord,
  'subscriber' | 'reason' | 'id' | 'message' | 'messageType' | 'tenant' | 'subject' | 'status' | 'history'
>;
export type GroupRow = Pick<DeadLetterGroup, 'fingerprint' | 'owner'>;
/** `id`: of its dead letter, because the text has none. */
export type Poison = { subscriber: string; id: string; reason: string };
export type LeftOpen = { deadLetterId: string; reason: string };
export type RedriveRow = Pick<Redrive, 'redriveId' | 'status' | 'actor' | 'counts' | 'stoppedBecause'> & {
  members: number;
};
/** How often a subscriber was invoked while it was paused. */
export type Invoked = { subscriber: string; count: number };
export type OrderRow = { tenant: string; orderId: string; version: number; skus: string[]; state: Order };
export type ListedRow = {
  tenant: string;
  orderId: string;
  version: number;
  generation: number;
  listed: Omit<ListedOrder, 'version'>;
};
export type ReplayRow = Pick<Replay, 'replayId' | 'status' | 'step' | 'skipped'>;
/** A command that clients sent, as it was committed. */
export type CommandRow = { tenant: string; orderId: string; commandId: string; accepted: boolean; answer: string };
/** A message in an outbox row, and its state in that row. */
export type MessageRow = Message & {
  /** ISO 8601. */ at: string;
  about: string;
  state: 'published' | 'due' | 'buried';
};
/** `stored`: its bytes are in the bucket. */
export type AttachmentRow = { tenant: string; attachmentId: string; status: Attachment['status']; stored: boolean };
export type NotificationRow = {
  tenant: string;
  orderId: string;
  notificationId: string;
  recipients: readonly string[];
  /** Version of the tenant's settings that it is rendered with. */
  settings?: number;
  notification: Notification;
};
/** One accepted call. */
export type Arrived = {
  providerMessageId: string;
  /** ISO 8601. */
  at: string;
  to: readonly string[];
  body: string;
  /** Checksums of what was attached (SHA-256, hexadecimal). */
  files: readonly string[];
  /** The e-mail's tags; text messages by SNS have none. */
  tags?: Record<string, string>;
};
export type ShownOrder = {
  tenant: string;
  orderId: string;
  status: number;
  version?: number;
  skus: string[];
  approvalEmail?: ApprovalEmailView;
  notifications: ShownNotification[];
};

const GAVE_UP: readonly string[] = ['CRASHED', 'GIVEN_UP', 'WAITED_TOO_LONG'];

/** Whether its subscriber gave up a message that it can read. */
export const gaveUp = ({ reason }: Pick<DeadLetterRow, 'reason'>): boolean => GAVE_UP.includes(reason);

/** What a function gave up and did not handle later: only that may be missing. */
export const neverHandled = ({ deadLetters }: Pick<Facts, 'deadLetters'>, name: string): DeadLetterRow[] =>
  deadLetters.filter((letter) => letter.subscriber === name && gaveUp(letter) && letter.status !== 'resolved');
