import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attempt, Notification } from '#shared/notification/notification.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import type { ReceivedAnswer, Wish } from '#test/faults/campaign/clients.ts';
import type { CommandRow, Facts } from '#test/faults/campaign/facts.ts';
import { violationsIn } from '#test/faults/campaign/judge.ts';
import type { ViolationKind } from '#test/faults/campaign/violations.ts';

const AT = '2026-01-01T12:00:00.000Z';
const LATER = '2026-01-01T12:00:09.000Z';
const MESSAGE = { tenant: 'acme', orderId: 'm1' } as const;
const NOTIFICATION = 'message_m1_1-1';
const RESOLVE = `/notifications/${NOTIFICATION}/resolve`;
const TO = ['ada@example.com'];

const common = { channels: [], refused: false };
const declare: Wish = {
  ...common,
  kind: 'declare',
  tenant: 'acme',
  orderId: 'a1',
  key: 'file',
  path: '/attachments',
  body: {},
};
const message: Wish = {
  ...common,
  ...MESSAGE,
  kind: 'message',
  key: 'message',
  path: '/notifications',
  body: { attachments: ['a1'] },
  channels: ['email'],
  message: { text: 'Hello, m1', sha256: 'abc', sendAt: Date.parse(AT), bounced: false },
};
const cancel = (key: string): Wish => ({ ...common, ...MESSAGE, kind: 'cancel', key, path: RESOLVE, body: {} });
const [one, other] = [cancel('one'), cancel('other')];

const received = (wish: Wish, status: number, text: string): ReceivedAnswer => ({
  wish,
  status,
  text,
  replayed: false,
});
const command = ({ tenant, orderId, path, key }: Wish, accepted: boolean, answer: string): CommandRow => ({
  tenant,
  orderId,
  commandId: httpCommandId({ tenant, method: 'POST', path, idempotencyKey: key }),
  accepted,
  answer,
});

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
  return {
    wishes: [declare, message, one, other],
    received: [
      received(declare, 201, 'upload here'),
      received(declare, 201, 'upload there'),
      received(message, 202, 'accepted'),
      received(one, 409, 'too late'),
      received(other, 409, 'too late'),
    ],
    seen: [],
    repeated: new Map(),
    orders: [],
    commands: [
      command(declare, true, 'declared'),
      command(message, true, 'accepted'),
      command(one, false, 'too late'),
      command(other, false, 'too late'),
    ],
    messages: [],
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
    probes: 0,
    texts: [],
    attachments: [{ tenant: 'acme', attachmentId: 'a1', status: 'DELETED', stored: false }],
    overheard: [],
    shown: [
      {
        ...MESSAGE,
        status: 200,
        skus: [],
        notifications: [{ notificationId: NOTIFICATION, channel: 'email', status: 'SENT', attempts: [] }],
      },
    ],
    counted: [{ tenant: 'acme', statuses: { SENT: 1 } }],
    queues: [],
    deadLetters: [],
  };
}

/** The same, cancelled in time by the first of the two. */
function cancelled(): Facts {
  const facts = sent();
  facts.received[3] = received(one, 200, 'cancelled');
  facts.commands[2] = command(one, true, 'cancelled');
  facts.emails = [];
  become(facts, CANCELLED);
  return facts;
}

function become(facts: Facts, notification: Notification): void {
  Object.assign(facts.notifications[0] ?? assert.fail(), { notification });
  facts.counted = [{ tenant: 'acme', statuses: { [notification.status]: 1 } }];
  Object.assign(facts.shown[0]?.notifications[0] ?? assert.fail(), { status: notification.status });
}
const change = <Thing extends object>(things: Thing[], more: Partial<Thing>): void =>
  void Object.assign(things[0] ?? assert.fail(), more);

type Case = [what: string, kinds: ViolationKind[], facts: () => Facts, change: (facts: Facts) => void];

const CASES: Case[] = [
  ['other words than were given', ['diverging'], sent, ({ emails }) => change(emails, { body: 'Hello, m2' })],
  ['a file left out', ['diverging'], sent, ({ emails }) => change(emails, { files: [] })],
  ['another file', ['diverging'], sent, ({ emails }) => change(emails, { files: ['def'] })],
  ['sent before its time', ['phantom'], sent, ({ emails }) => change(emails, { at: '2026-01-01T11:59:58.000Z' })],
  ['a delivery that its row does not know', ['lost'], sent, (facts) => become(facts, { ...SENT, outcomes: [] })],
  ['a message that nobody kept', ['lost'], sent, (facts) => void facts.commands.splice(1, 1)],
  ['a file that stays', ['unfinished'], sent, ({ attachments }) => change(attachments, { stored: true })],
  ['a file whose row stays', ['unfinished'], sent, ({ attachments }) => change(attachments, { status: 'IN_USE' })],
  ['a file without a row', ['lost'], sent, ({ attachments }) => void attachments.splice(0)],
  ['a file of nobody', ['phantom', 'lost'], sent, ({ attachments }) => change(attachments, { attachmentId: 'a2' })],
  [
    'a file that is gone before its message',
    ['lost'],
    sent,
    (facts) => {
      const unknown: Attempt = { nonce: 'n', claimedAt: LATER, outcome: 'unknown', reason: 'TIMEOUT' };
      become(facts, { ...basis, attempts: [unknown], status: 'HELD', reason: 'FEED_SILENT', heldAt: LATER });
      facts.emails = [];
    },
  ],
  [
    'CANCELLED, and taken by the provider',
    ['diverging'],
    cancelled,
    (facts) => {
      facts.emails = sent().emails;
    },
  ],
  [
    'CANCELLED, and nobody was told so',
    ['phantom', 'diverging'],
    cancelled,
    (facts) => {
      facts.received[3] = received(one, 409, 'too late');
    },
  ],
  [
    'claimed after it was cancelled',
    ['phantom'],
    cancelled,
    (facts) => {
      facts.emails = sent().emails;
      become(facts, { ...SENT, resolutions: [resolution] });
    },
  ],
  [
    'two who cancelled it',
    ['doubled'],
    cancelled,
    (facts) => {
      facts.received[4] = received(other, 200, 'cancelled');
      facts.commands[3] = command(other, true, 'cancelled');
    },
  ],
];

describe('The judge of messages in a client’s own words', () => {
  it('has nothing to say of one that was sent, and of one that was cancelled', () => {
    assert.deepEqual(violationsIn(sent()), []);
    assert.deepEqual(violationsIn(cancelled()), []);
  });

  it('believes evidence of a call that was made before it was cancelled', () => {
    const facts = cancelled();
    facts.emails = sent().emails;
    become(facts, { ...SENT, attempts: [{ ...accepted, claimedAt: AT }], resolutions: [resolution] });
    assert.deepEqual(violationsIn(facts), []);
  });

  it('leaves one file to a person for each message that its function died with five times', () => {
    const facts = sent();
    change(facts.attachments, { status: 'IN_USE', stored: true });
    facts.queues = [{ name: 'release-attachments, dead', depth: 1 }];
    assert.deepEqual(violationsIn(facts), []);
    change(facts.attachments, { status: 'DELETED' });
    assert.equal(violationsIn(facts)[0]?.kind, 'unfinished');
  });

  for (const [what, kinds, make, spoil] of CASES) {
    it(`finds ${what}`, () => {
      const facts = make();
      spoil(facts);
      assert.deepEqual(
        violationsIn(facts)
          .map(({ kind }) => kind)
          .toSorted(),
        kinds.toSorted(),
      );
    });
  }
});
