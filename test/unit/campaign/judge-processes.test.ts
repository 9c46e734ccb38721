import { NOTIFICATION_MESSAGE } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { Facts, NotificationRow } from '#test/faults/campaign/facts.ts';
import {
  AT,
  answer,
  attempt,
  basis,
  become,
  command,
  finds,
  first,
  healthy,
  held,
  mail,
  messageRow,
  request,
  row,
  sent,
  text,
  unknown,
  withNotifications,
  withOrder,
} from './facts.ts';

const REMINDER_AFTER_MS = 10_000;
const DUE_AT = '2026-01-01T12:00:10.000Z';
const LATER = '2026-01-01T12:00:20.000Z';

const ofPurpose = (purpose: string, createdAt: string, notification: Notification): Notification => ({
  ...notification,
  purpose,
  createdAt,
});

// ── Reminders ────────────────────────────────────────────────────────────────────────────────

const REMINDER: NotificationRow = {
  ...row('email', 1),
  notificationId: 'order_o1_0-2',
  notification: ofPurpose('reminder', DUE_AT, sent('email', 'reminder')),
};

/** An order that is still placed, and was reminded of. */
function reminded(): Facts {
  const facts = healthy();
  facts.emails.push({ ...mail('reminder'), tags: { tenant: 'acme', notification: 'order_o1_0-2', attempt: 'one' } });
  return {
    ...withNotifications(facts, [...facts.notifications, REMINDER]),
    reminderAfterMs: REMINDER_AFTER_MS,
  };
}

/** The same order, and it is confirmed. @param at when its client knew that. */
function confirm(facts: Facts, at: string): void {
  const step = request('step', 'confirm', '', { path: '/orders/o1/confirm', body: {} });
  facts.requests.push(step);
  facts.answers.push({ ...answer(step, 200, 'confirmed'), at: Date.parse(at) });
  facts.commands.push(command(step, true, 'confirmed'));
  Object.assign(facts, withOrder(3, ['FIRST-1', 'ADD-1'], { status: 'confirmed', confirmedAt: at }));
  first(facts.shown).version = 3;
}

finds('The judge of reminders', reminded, [
  [
    'an order without its reminder',
    ['lost'],
    (facts) => {
      Object.assign(facts, withNotifications(facts, facts.notifications.slice(0, 2)));
      facts.emails.pop();
    },
  ],
  [
    'two reminders of an order',
    ['doubled'],
    (facts) => {
      const notificationId = 'order_o1_9-2';
      const other = { ...mail('reminder'), tags: { tenant: 'acme', notification: notificationId, attempt: 'one' } };
      facts.emails.push(other);
      Object.assign(facts, withNotifications(facts, [...facts.notifications, { ...REMINDER, notificationId }]));
    },
  ],
  [
    'a reminder that was sent twice',
    ['doubled', 'diverging'],
    (facts) => facts.emails.push({ ...mail('again'), tags: { tenant: 'acme', notification: 'order_o1_0-2' } }),
  ],
  [
    'a reminder before its time',
    ['phantom'],
    (facts) => become(facts, 2, ofPurpose('reminder', AT, sent('email', 'reminder'))),
  ],
  [
    'a reminder of an order that was confirmed before it was due',
    ['phantom'],
    (facts) => confirm(facts, '2026-01-01T12:00:09.000Z'),
  ],
  [
    'a reminder, although the stage sends none',
    ['phantom'],
    (facts) => {
      delete facts.reminderAfterMs;
    },
  ],
]);

function remindedThenConfirmed(): Facts {
  const facts = reminded();
  confirm(facts, LATER);
  return facts;
}

finds('The judge of an order that was confirmed after its reminder', remindedThenConfirmed, []);

function confirmedInTime(): Facts {
  const facts = healthy();
  confirm(facts, AT);
  return { ...facts, reminderAfterMs: REMINDER_AFTER_MS };
}

finds('The judge of an order that was confirmed in time', confirmedInTime, []);

// ── Fallbacks ────────────────────────────────────────────────────────────────────────────────

const FALLBACK: NotificationRow = {
  ...row('sms', 1),
  notificationId: 'order_o1_1-101',
  notification: ofPurpose('fallback', LATER, sent('sms', 'fallback')),
};

const bounced = (): Notification => ({ ...sent('email', 'email-message'), outcomes: ['bounced'] });

/** The messages that an e-mail bounced, in the table. */
const tell = (facts: Facts, type: string, at: string): void =>
  void facts.messages.push({ ...messageRow(`${type} ${at}`, type, row('email', 1)), at });

/** An order whose e-mail bounced, so that a text message followed. */
function bouncedOrder(): Facts {
  const facts = healthy();
  for (const one of facts.requests) if (one.kind === 'place') one.bounced = true;
  facts.texts.push({ ...text('fallback'), body: 'Order o1 is placed. We could not reach you by e-mail, Ada.' });
  const [email, ...others] = facts.notifications as [NotificationRow];
  const rows = [{ ...email, notification: bounced() }, ...others, FALLBACK];
  const all = { ...withNotifications(facts, rows), fallbackAfterMs: 60_000 };
  tell(all, NOTIFICATION_MESSAGE.bounced, DUE_AT);
  return all;
}

const withoutFallback = (facts: Facts): void => {
  const { messages } = facts;
  Object.assign(facts, withNotifications(facts, facts.notifications.slice(0, 2)), { messages: messages.slice(0, 4) });
  facts.texts.pop();
};

const delivered = (facts: Facts): void => {
  for (const one of facts.requests) delete one.bounced;
  facts.messages.pop();
  const { messages } = facts;
  become(facts, 0, sent('email', 'email-message'));
  facts.messages = messages;
};

finds('The judge of fallbacks', bouncedOrder, [
  ['a bounce without its fallback', ['lost'], withoutFallback],
  [
    'a fallback that was sent twice',
    ['doubled'],
    (facts) => facts.texts.push({ ...(facts.texts.at(-1) ?? text()), providerMessageId: 'again' }),
  ],
  [
    'a fallback of a fallback',
    ['phantom'],
    (facts) => {
      const { messages } = facts;
      const notificationId = 'order_o1_1-201';
      const second = { ...FALLBACK, notificationId, notification: ofPurpose('fallback', LATER, sent('sms', 'second')) };
      facts.texts.push({ ...(facts.texts.at(-1) ?? text()), providerMessageId: 'second' });
      Object.assign(facts, withNotifications(facts, [...facts.notifications, second]));
      facts.messages.push(...messages.slice(-1));
    },
  ],
  [
    'a fallback before the bounce was known',
    ['phantom'],
    (facts) => {
      facts.messages.pop();
      tell(facts, NOTIFICATION_MESSAGE.bounced, '2026-01-01T12:00:21.000Z');
    },
  ],
  ['a fallback while it may still be reported', ['phantom'], delivered],
  [
    'a fallback of an e-mail that was delivered',
    ['phantom'],
    (facts) => {
      delivered(facts);
      facts.fallbackAfterMs = 10_000;
      tell(facts, NOTIFICATION_MESSAGE.delivered, AT);
    },
  ],
  [
    'a fallback of an e-mail that a person marked as sent',
    ['phantom'],
    (facts) => {
      delivered(facts);
      facts.fallbackAfterMs = 10_000;
      const resolutions = [{ action: 'mark-sent', by: 'eve', at: AT } as const];
      Object.assign(first(facts.notifications).notification, { resolutions });
    },
  ],
  [
    'a fallback of a confirmation long after the cancellation',
    // The list of orders still shows it as placed.
    ['diverging', 'phantom'],
    (facts) => {
      const { state } = first(facts.orders);
      Object.assign(state, { status: 'cancelled', cancelledAt: '2026-01-01T12:00:01.000Z' });
    },
  ],
  [
    'a fallback while the outcome is unknown',
    ['phantom'],
    (facts) => {
      const { messages } = facts;
      for (const one of facts.requests) delete one.bounced;
      become(facts, 0, held('email', 'FEED_SILENT', [unknown]));
      facts.messages.push(...messages.slice(-1));
      facts.emails.splice(0);
    },
  ],
  [
    'a fallback that the tenant has not set',
    ['phantom'],
    (facts) => {
      delete facts.fallbackAfterMs;
    },
  ],
]);

/** An e-mail that was not reported in time: its fallback was sent, and then its delivery was reported. */
function reportedLate(): Facts {
  const facts = bouncedOrder();
  delivered(facts);
  facts.fallbackAfterMs = 10_000;
  tell(facts, NOTIFICATION_MESSAGE.delivered, LATER);
  return facts;
}

finds('The judge of an e-mail that was reported late', reportedLate, []);

// ── Approvals ────────────────────────────────────────────────────────────────────────────────

const APPROVAL: NotificationRow = {
  ...row('email', 1),
  notificationId: 'order_o1_0-1',
  notification: ofPurpose('approval', AT, sent('email', 'approval')),
};

/** An order that is approved, and shows that its e-mail was sent. */
function approved(): Facts {
  const facts = healthy();
  const steps = ['confirm', 'approve'].map((name) =>
    request('step', name, '', {
      path: `/orders/o1/${name}`,
      body: {},
      channels: name === 'approve' ? ['email'] : [],
    }),
  );
  facts.requests.push(...steps);
  facts.answers.push(...steps.map((step) => answer(step, 200, step.key)));
  facts.commands.push(...steps.map((step) => command(step, true, step.key)));
  const skus = ['FIRST-1', 'ADD-1'];
  Object.assign(facts, withOrder(4, skus, { status: 'approved', confirmedAt: AT, approvedAt: AT }));
  facts.emails.push({ ...mail('approval'), tags: { tenant: 'acme', notification: 'order_o1_0-1', attempt: 'one' } });
  Object.assign(facts, withNotifications(facts, [...facts.notifications, APPROVAL]));
  Object.assign(first(facts.shown), { version: 4, approvalEmail: { status: 'sent', at: AT } });
  return facts;
}

finds('The judge of approvals', approved, [
  [
    'an order that shows no approval e-mail',
    ['diverging'],
    (facts) => {
      delete first(facts.shown).approvalEmail;
    },
  ],
  [
    'an order that shows another time',
    ['diverging'],
    (facts) => {
      first(facts.shown).approvalEmail = { status: 'sent', at: LATER };
    },
  ],
  [
    'an order that shows a sent e-mail, and it is held',
    ['diverging'],
    (facts) => {
      become(facts, 2, ofPurpose('approval', AT, held('email', 'FEED_SILENT', [unknown])));
      facts.emails.pop();
    },
  ],
  [
    'an order that shows a sent e-mail, and it failed',
    ['diverging', 'lost'],
    (facts) => {
      const failed = { status: 'FAILED', reason: 'MessageRejected', failedAt: AT } as const;
      become(facts, 2, { ...basis('email', [attempt('one')]), purpose: 'approval', ...failed });
      facts.emails.pop();
    },
  ],
  [
    'an order without its approval e-mail',
    ['lost'],
    (facts) => {
      Object.assign(facts, withNotifications(facts, facts.notifications.slice(0, 2)));
      facts.emails.pop();
      delete first(facts.shown).approvalEmail;
    },
  ],
]);
