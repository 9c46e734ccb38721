import type { Attachment } from '#shared/attachment/attachment.ts';
import { AUDIT_ENTRY, type AuditEntry } from '#shared/dead-letter/audit.ts';
import { PAUSES, type Pauses } from '#shared/lane/pauses.ts';
import { SORT_KEY } from '#shared/names.ts';
import type { NotificationContent } from '#shared/notification/content.ts';
import type { Notification } from '#shared/notification/notification.ts';
import {
  DEAD_LETTER,
  DEAD_LETTER_GROUP,
  type DeadLetterGroup,
  type DeadLetterRecord,
  deadLetterIdOf,
} from '#shared/once/dead-letter.ts';
import type { Order } from '#shared/order/order.ts';
import type { ListedOrder } from '#shared/order-list/ports.ts';
import { REDRIVE, type Redrive } from '#shared/redrive/redrive.ts';
import type { Generations } from '#shared/replay/generations.ts';
import type { Replay } from '#shared/replay/replay.ts';
import { WEBHOOK_SETTINGS } from '#shared/webhook/settings.ts';
import { messageIn } from '#test/support/judge/messages.ts';
import type { Facts, NotificationRow } from './facts.ts';

/** A row of the table. */
export type Row = Record<string, unknown> & { pk: string; sk: string; type: string; version: number };
/** The campaign itself sets the tenants' endpoints. */
const isNoSetting = ({ pk }: Row): boolean => pk.split('#')[1] !== WEBHOOK_SETTINGS.name;

type TableFacts = Pick<
  Facts,
  | 'orders'
  | 'listed'
  | 'commands'
  | 'messages'
  | 'notifications'
  | 'attachments'
  | 'deadLetters'
  | 'groups'
  | 'redrives'
  | 'audit'
  | 'pauses'
  | 'replays'
  | 'generations'
>;

/** What the rows say. @param objects keys of the objects in the bucket. */
export function tableFacts(all: Row[], objects: readonly string[]): TableFacts {
  const rows = all.filter(isNoSetting);
  const facts: TableFacts = {
    orders: [],
    listed: [],
    commands: [],
    messages: [],
    notifications: [],
    attachments: [],
    deadLetters: [],
    groups: [],
    redrives: [],
    audit: [],
    pauses: {},
    replays: [],
  };
  const contents = new Map(rows.filter(({ type }) => type === 'content').map((row) => [`${row.pk} ${row.sk}`, row]));
  for (const row of rows) {
    const [tenant = '', , id = ''] = row.pk.split('#').map(decodeURIComponent);
    if (row.type === 'outbox') addOutbox(row, { tenant, orderId: id }, facts);
    else if (row.type === 'notification')
      facts.notifications.push(notificationRow(row, contents.get(`${row.pk} ${row.sk}${SORT_KEY.content}`)));
    else if (row.type === 'attachment') {
      const { status } = row.state as Attachment;
      const stored = objects.some((name) => name.endsWith(`/${tenant}/${id}`));
      facts.attachments.push({ tenant, attachmentId: id, status, stored });
    } else if (!isOfOperators(row, facts)) addOrder(row, { tenant, id }, facts);
  }
  return facts;
}

/** Whether it is a row about dead letters or subscribers: then it is added. */
function isOfOperators({ type, state }: Row, facts: TableFacts): boolean {
  if (type === DEAD_LETTER.name) {
    const letter = state as DeadLetterRecord;
    facts.deadLetters.push({ ...letter, deadLetterId: deadLetterIdOf(letter) });
  } else if (type === DEAD_LETTER_GROUP.name) facts.groups.push(state as DeadLetterGroup);
  else if (type === AUDIT_ENTRY.name) facts.audit.push(state as AuditEntry);
  else if (type === PAUSES.name) facts.pauses = (state as Pauses).subscribers;
  else if (type === REDRIVE.name) {
    const redrive = state as Redrive;
    facts.redrives.push({ ...redrive, members: redrive.plan.members });
  } else return false;
  return true;
}

function addOrder(row: Row, { tenant, id }: { tenant: string; id: string }, facts: TableFacts): void {
  const { type, version } = row;
  if (type === 'order') {
    const state = row.state as Order;
    facts.orders.push({ tenant, orderId: id, version, skus: state.lines.map(({ sku }) => sku), state });
  } else if (type === 'listed-order') {
    const listed = row.listed as Omit<ListedOrder, 'version'>;
    facts.listed.push({ tenant, orderId: listed.orderId, version, generation: Number(id), listed });
  } else if (type === 'replay') facts.replays.push(row.state as Replay);
  else if (type === 'projection') facts.generations = row.state as Generations;
}

function notificationRow(row: Row, stored: Row | undefined): NotificationRow {
  const [tenant = '', , orderId = ''] = row.pk.split('#').map(decodeURIComponent);
  const content = stored?.content as NotificationContent | undefined;
  return {
    tenant,
    orderId,
    notificationId: decodeURIComponent(row.sk.slice(SORT_KEY.notification.length)),
    recipients: content?.recipients ?? [],
    ...(content?.settings !== undefined && { settings: content.settings }),
    notification: row.state as Notification,
  };
}

function addOutbox(row: Row, { tenant, orderId }: { tenant: string; orderId: string }, facts: TableFacts): void {
  const commandId = row.sk.slice(SORT_KEY.outbox.length);
  const outcome = row.outcome as { accepted: boolean; answer: string };
  if (commandId.startsWith('http#')) {
    facts.commands.push({ tenant, orderId, commandId, accepted: outcome.accepted, answer: outcome.answer });
  }
  const state = row.buriedAt !== undefined ? 'buried' : row.publishedAt !== undefined ? 'published' : 'due';
  for (const body of row.messages as string[]) {
    const { time } = JSON.parse(body) as { time: string };
    facts.messages.push({ ...messageIn(body), at: time, about: `${tenant} ${orderId} ${commandId}`, state });
  }
}
