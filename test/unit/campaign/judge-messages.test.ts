import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attempt, Notification } from '#shared/notification/notification.ts';
import type { Facts } from '#test/faults/campaign/facts.ts';
import { violationsIn } from '#test/faults/campaign/judge.ts';
import type { PlannedRequest } from '#test/faults/campaign/requests.ts';
import { AT, answer, become, command, crashes, discards, factsOf, finds, first } from './facts.ts';

const LATER = '2026-01-01T12:00:09.000Z';
const MESSAGE = { tenant: 'acme', orderId: 'm1' } as const;
const NOTIFICATION = 'message_m1_1-1';
const RESOLVE = `/notifications/${NOTIFICATION}/resolve`;
const TO = ['ada@example.com'];

const common = { channels: [], refused: false };
const declare: PlannedRequest = {
  ...common,
  kind: 'declare',
  tenant: 'acme',
  orderId: 'a1',
  key: 'file',
  path: '/attachments',
  body: {},
};
const message: PlannedRequest = {
  ...common,
  ...MESSAGE,
  kind: 'message',
  key: 'message',
  path: '/notifications',
  body: { attachments: ['a1'] },
  channels: ['email'],
  message: { text: 'Hello, m1', sha256: 'abc', sendAt: Date.parse(AT), bounced: false },
};
const cancel = (key: string): PlannedRequest => ({
  ...common,
  ...MESSAGE,
  kind: 'cancel',
  key,
  path: RESOLVE,
  body: {},
});
const [one, other] = [cancel('one'), cancel('other')];

const basis = {
  channel: 'email',
  purpose: 'direct',
  createdAt: AT,
  correlationId: 'message',
} as const;
const accepted: Attempt = {
  nonce: 'n',
  claimedAt: LATER,
  outcome: 'accepted',
  settledAt: LATER,
  providerMessageId: 'mail',
};
const resolution = { action: 'cancel', by: 'one', reason: 'changed', at: AT } as const;
const SENT: Notification = {
  ...basis,
  attempts: [accepted],
  outcomes: ['delivered'],
  status: 'SENT',
  providerMessageId: 'mail',
  sentAt: LATER,
};
const CANCELLED: Notification = {
  ...basis,
  attempts: [],
  resolutions: [resolution],
  status: 'CANCELLED',
  cancelledAt: AT,
};

/** A message with a file that was sent; two people would have cancelled it and came too late. */
function sent(): Facts {
  return factsOf({
    requests: [declare, message, one, other],
    answers: [
      answer(declare, 201, 'upload here'),
      answer(declare, 201, 'upload there'),
      answer(message, 202, 'accepted'),
      answer(one, 409, 'too late'),
      answer(other, 409, 'too late'),
    ],
    commands: [
      command(declare, true, 'declared'),
      command(message, true, 'accepted'),
      command(one, false, 'too late'),
      command(other, false, 'too late'),
    ],
    notifications: [{ ...MESSAGE, notificationId: NOTIFICATION, recipients: TO, notification: SENT }],
    emails: [
      {
        providerMessageId: 'mail',
        at: LATER,
        to: TO,
        body: 'Hello, m1',
        files: ['abc'],
        tags: { tenant: 'acme', notification: NOTIFICATION, attempt: 'n' },
      },
    ],
    attachments: [{ tenant: 'acme', attachmentId: 'a1', status: 'DELETED', stored: false }],
    shown: [{ ...MESSAGE, status: 200, skus: [], notifications: [] }],
  });
}

/** The same, cancelled in time by the first of the two. */
function cancelled(): Facts {
  const facts = sent();
  facts.answers[3] = answer(one, 200, 'cancelled');
  facts.commands[2] = command(one, true, 'cancelled');
  facts.emails = [];
  become(facts, 0, CANCELLED);
  return facts;
}

const change = <Thing extends object>(things: Thing[], more: Partial<Thing>): void =>
  void Object.assign(first(things), more);

finds('The judge of a message that was sent', sent, [
  ['other words than were given', ['diverging'], ({ emails }) => change(emails, { body: 'Hello, m2' })],
  ['a file left out', ['diverging'], ({ emails }) => change(emails, { files: [] })],
  ['another file', ['diverging'], ({ emails }) => change(emails, { files: ['def'] })],
  ['sent before its time', ['phantom'], ({ emails }) => change(emails, { at: '2026-01-01T11:59:58.000Z' })],
  ['a delivery that its row does not know', ['lost'], (facts) => become(facts, 0, { ...SENT, outcomes: [] })],
  ['a message that is not stored', ['lost'], (facts) => void facts.commands.splice(1, 1)],
  ['a file that stays', ['unfinished'], ({ attachments }) => change(attachments, { stored: true })],
  ['a file whose row stays', ['unfinished'], ({ attachments }) => change(attachments, { status: 'IN_USE' })],
  ['a file without a row', ['lost'], ({ attachments }) => void attachments.splice(0)],
  ['a file of no message', ['phantom', 'lost'], ({ attachments }) => change(attachments, { attachmentId: 'a2' })],
  [
    'a file that is gone before its message',
    ['lost'],
    (facts) => {
      const unknown: Attempt = { nonce: 'n', claimedAt: LATER, outcome: 'unknown', reason: 'TIMEOUT' };
      become(facts, 0, { ...basis, attempts: [unknown], status: 'HELD', reason: 'FEED_SILENT', heldAt: LATER });
      facts.emails = [];
    },
  ],
]);

finds('The judge of a message that was cancelled', cancelled, [
  [
    'CANCELLED, and taken by the provider',
    ['diverging'],
    (facts) => {
      facts.emails = sent().emails;
    },
  ],
  [
    'CANCELLED, but no cancellation was accepted',
    ['phantom', 'diverging'],
    (facts) => {
      facts.answers[3] = answer(one, 409, 'too late');
    },
  ],
  [
    'claimed after it was cancelled',
    ['phantom'],
    (facts) => {
      facts.emails = sent().emails;
      become(facts, 0, { ...SENT, resolutions: [resolution] });
    },
  ],
  [
    'two who cancelled it',
    ['doubled'],
    (facts) => {
      facts.answers[4] = answer(other, 200, 'cancelled');
      facts.commands[3] = command(other, true, 'cancelled');
    },
  ],
]);

describe('The judge of messages in a client’s own words', () => {
  it('believes evidence of a call that was made before it was cancelled', () => {
    const facts = cancelled();
    facts.emails = sent().emails;
    become(facts, 0, { ...SENT, attempts: [{ ...accepted, claimedAt: AT }], resolutions: [resolution] });
    assert.deepEqual(violationsIn(facts), []);
  });

  it('leaves one file to a person for each message that its function died with five times', () => {
    const facts = sent();
    change(facts.attachments, { status: 'IN_USE', stored: true });
    discards(facts, crashes(facts, 'release-attachments', first(facts.messages)));
    assert.deepEqual(violationsIn(facts), []);
    change(facts.attachments, { status: 'DELETED' });
    assert.equal(violationsIn(facts)[0]?.kind, 'unfinished');
  });
});
