import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditEntry } from '#shared/dead-letter/audit.ts';
import { type ContactChannel, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import type { Attempt, Notification } from '#shared/notification/notification.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import { listedOrder } from '#shared/order-list/projection.ts';
import type {
  Arrived,
  CommandRow,
  DeadLetterRow,
  Facts,
  MessageRow,
  NotificationRow,
  OrderRow,
} from '#test/faults/campaign/facts.ts';
import { violationsIn } from '#test/faults/campaign/judge.ts';
import type { PlannedRequest } from '#test/faults/campaign/requests.ts';
import { discarding } from '#test/faults/campaign/requests-operators.ts';
import type { ReceivedAnswer } from '#test/faults/campaign/sending.ts';
import type { ViolationKind } from '#test/faults/campaign/violations.ts';

/** Facts of a campaign without faults, for tests that change one fact. */

export const AT = '2026-01-01T12:00:00.000Z';
const ORDER = { tenant: 'acme', orderId: 'o1' } as const;
const ADA = { email: 'ada@example.com', sms: '+4366012345678' };

export const request = (
  kind: PlannedRequest['kind'],
  key: string,
  sku: string,
  more: Partial<PlannedRequest> = {},
): PlannedRequest => ({
  ...ORDER,
  kind,
  key,
  path: kind === 'place' ? '/orders' : '/orders/o1/items',
  body: kind === 'place' ? { lines: [{ sku }] } : { sku },
  channels: kind === 'place' ? ['email', 'sms'] : [],
  refused: false,
  ...more,
});
export const answer = (one: PlannedRequest, status: number, text: string): ReceivedAnswer => ({
  request: one,
  status,
  text,
  replayed: false,
  at: Date.parse(AT),
});
export const command = (
  { tenant, orderId, path, key, method = 'POST' }: PlannedRequest,
  accepted: boolean,
  answer: string,
): CommandRow => ({
  tenant,
  orderId,
  commandId: httpCommandId({ tenant, method, path, idempotencyKey: key }),
  accepted,
  answer,
});

export const attempt = (nonce: string, more: Partial<Attempt> = {}): Attempt => ({ nonce, claimedAt: AT, ...more });
export const basis = (channel: ContactChannel, attempts: Attempt[]) => ({
  channel,
  purpose: 'order-confirmation',
  createdAt: AT,
  correlationId: 'place',
  attempts,
});
export const sent = (channel: ContactChannel, providerMessageId: string): Notification => ({
  ...basis(channel, [attempt('one', { outcome: 'accepted', settledAt: AT, providerMessageId })]),
  ...(channel === 'email' && { outcomes: ['delivered'] }),
  status: 'SENT',
  providerMessageId,
  sentAt: AT,
});
export const held = (channel: ContactChannel, reason: string, attempts: Attempt[]): Notification => ({
  ...basis(channel, attempts),
  status: 'HELD',
  reason,
  heldAt: AT,
});
export const unknown = attempt('one', { outcome: 'unknown', reason: 'TIMEOUT', settledAt: AT });

export const row = (channel: ContactChannel, position: number): NotificationRow => ({
  ...ORDER,
  notificationId: `order_o1_1-${position}`,
  recipients: [ADA[channel]],
  notification: sent(channel, `${channel}-message`),
});
export const mail = (providerMessageId = 'email-message'): Arrived => ({
  providerMessageId,
  at: AT,
  to: [ADA.email],
  body: 'Order o1 is placed',
  files: [],
  tags: { tenant: 'acme', notification: 'order_o1_1-1', attempt: 'one' },
});
export const text = (providerMessageId = 'sms-message'): Arrived => ({
  providerMessageId,
  at: AT,
  to: [ADA.sms],
  body: 'Order o1 is placed',
  files: [],
});

const NOTHING: Facts = {
  requests: [],
  answers: [],
  seen: [],
  repeated: new Map(),
  orders: [],
  listed: [],
  commands: [],
  messages: [],
  notifications: [],
  emails: [],
  probes: 0,
  texts: [],
  webhooks: [],
  attachments: [],
  observed: [],
  shown: [],
  counted: [],
  queues: [],
  deadLetters: [],
  listedDeadLetters: [],
  groups: [],
  poison: [],
  leftOpen: [],
  redrives: [],
  audit: [],
  pauses: { 'send-sms': { wanted: 'running', at: AT, actor: 'operator', appliedAt: AT } },
  invoked: [],
  replays: [],
};

/** A message of the outbox about a notification of `acme`, published. */
export function messageRow(id: string, type: string, { tenant, orderId, notificationId }: NotificationRow): MessageRow {
  const envelope = { tenant, subject: `order/${orderId}`, notificationId };
  return { id, type, ...envelope, at: AT, body: `body of ${id}`, about: `${tenant} ${orderId}`, state: 'published' };
}

/** The facts with these notifications, and with everything that follows from them: messages, API and statistics. */
export function withNotifications(facts: Facts, notifications: NotificationRow[]): Facts {
  const shown = notifications.map(({ notificationId, notification: { channel, status } }) => {
    return { notificationId, channel, status, attempts: [] };
  });
  const statuses = Map.groupBy(notifications, ({ notification }) => notification.status);
  return {
    ...facts,
    notifications,
    messages: notifications.flatMap((one) => [
      messageRow(`requested ${one.notificationId}`, NOTIFICATION_REQUESTED, one),
      ...(one.notification.status === 'SENT'
        ? [messageRow(`sent ${one.notificationId}`, 'counterfoil.notification.sent.v1', one)]
        : []),
    ]),
    shown: facts.shown.map((one) => ({ ...one, notifications: shown })),
    counted: [
      { tenant: 'acme', statuses: Object.fromEntries([...statuses].map(([name, rows]) => [name, rows.length])) },
    ],
  };
}

/** The same for one of them. */
export function become(facts: Facts, position: number, notification: Notification): void {
  const rows = facts.notifications.map((one, at) => (at === position ? { ...one, notification } : one));
  Object.assign(facts, withNotifications(facts, rows));
}

/** Facts about something that clients asked for; each part that is absent is empty. */
export const factsOf = ({ notifications = [], ...parts }: Partial<Facts>): Facts =>
  withNotifications({ ...NOTHING, ...parts }, notifications);

const line = (sku: string) => ({ sku, description: 'Tea', quantity: 1, unitPrice: 100 });

/** The row of an order that is placed. */
export const orderRow = (version: number, skus: string[], more: Partial<OrderRow['state']> = {}): OrderRow => {
  const lines = skus.map(line);
  const state = { status: 'placed', orderId: ORDER.orderId, currency: 'EUR', lines, total: 100, placedAt: AT } as const;
  return { ...ORDER, version, skus, state: { ...state, ...more } as OrderRow['state'] };
};

/** An order, and its row in the list. */
export const withOrder = (...parts: Parameters<typeof orderRow>): Pick<Facts, 'orders' | 'listed'> => {
  const order = orderRow(...parts);
  const { version, ...listed } = listedOrder({ schemaVersion: 2, version: order.version, state: order.state });
  return { orders: [order], listed: [{ ...ORDER, version, generation: 1, listed }] };
};

/** An order by e-mail and text message, with a second body under its key, an item, and an item that was refused. */
export function healthy(): Facts {
  const place = request('place', 'place', 'FIRST-1');
  const other = request('place', 'place', 'OTHER-1');
  const item = request('item', 'item', 'ADD-1');
  const tooMuch = request('too-much', 'gem', 'GEM-1');
  const skus = ['FIRST-1', 'ADD-1'];
  const facts = factsOf({
    requests: [place, other, item, tooMuch],
    answers: [
      answer(place, 201, 'placed'),
      answer(place, 201, 'placed'),
      answer(other, 422, 'conflict'),
      answer(item, 200, 'added'),
      answer(tooMuch, 409, 'too much'),
    ],
    seen: [
      { path: '/orders/o1', byStranger: false, status: 200 },
      { path: '/orders/o1', byStranger: true, status: 404 },
    ],
    ...withOrder(2, skus),
    commands: [command(place, true, 'placed'), command(item, true, 'added'), command(tooMuch, false, 'too much')],
    notifications: [row('email', 1), row('sms', 2)],
    emails: [mail()],
    texts: [text()],
    probes: 1,
    shown: [{ ...ORDER, status: 200, version: 2, skus: [...skus], notifications: [] }],
    queues: [],
  });
  const reminder = { ...messageRow('reminder', NOTIFICATION_REQUESTED, row('email', 1)), times: 1 };
  facts.observed = [{ ...first(facts.messages), times: 2 }, reminder];
  return facts;
}

/** The subscriber crashed on this message each time. It is still open. */
export function crashes(
  facts: Facts,
  subscriber: string,
  { id, body }: Pick<MessageRow, 'id' | 'body'>,
): DeadLetterRow {
  const deadLetterId = `${subscriber}-${id}`;
  const about = { tenant: 'acme', subject: 'order/o1', status: 'open', history: [] } as const;
  const letter: DeadLetterRow = { deadLetterId, subscriber, reason: 'CRASHED', id, message: body, ...about };
  facts.deadLetters = [...facts.deadLetters, letter];
  facts.listedDeadLetters = [...facts.listedDeadLetters, deadLetterId];
  return letter;
}

/** An operator's request was accepted, with its record and its audit entry. */
export function acts(facts: Facts, request: PlannedRequest, status: number, entry: Record<string, unknown>): void {
  facts.requests = [...facts.requests, request];
  facts.answers = [...facts.answers, answer(request, status, request.key)];
  facts.commands = [...facts.commands, command(request, true, request.key)];
  const { reason } = request.body;
  const about = { auditId: `1-${request.key}`, at: AT, actor: 'operator', correlationId: request.key, count: 1 };
  facts.audit = [...facts.audit, { ...about, ...(reason !== undefined && { reason }), ...entry } as AuditEntry];
}

const REASON = 'Nothing has to be done.';

/** An operator discards the dead letter. */
export function discards(facts: Facts, letter: DeadLetterRow): void {
  const { deadLetterId } = letter;
  const request = discarding(`discard-${deadLetterId}`, deadLetterId, REASON);
  acts(facts, request, 200, { action: 'discard', deadLetterId, fingerprint: 'group' });
  letter.status = 'discarded';
  letter.history = [...letter.history, { action: 'discard', at: AT, actor: 'operator', reason: REASON }];
  facts.listedDeadLetters = facts.listedDeadLetters.filter((id) => id !== deadLetterId);
}

export const first = <Value>(values: readonly Value[]): Value => values[0] ?? assert.fail();

/** The changed fact, the kinds of violations that have to be found, and the change. */
export type Case = [what: string, kinds: ViolationKind[], spoil: (facts: Facts) => void];

/** Defines a test for each case: after the change, the judge finds exactly these violations. */
export function finds(title: string, make: () => Facts, cases: readonly Case[]): void {
  describe(title, () => {
    it('reports nothing if nothing is wrong', () => {
      assert.deepEqual(violationsIn(make()), []);
    });
    for (const [what, kinds, spoil] of cases) {
      it(`finds ${what}: ${[...new Set(kinds)].join(', ')}`, () => {
        const facts = make();
        spoil(facts);
        const found = violationsIn(facts).map(({ kind }) => kind);
        assert.deepEqual(found.toSorted(), kinds.toSorted());
      });
    }
  });
}
