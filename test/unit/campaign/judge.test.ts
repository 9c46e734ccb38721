import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Channel } from '#shared/names.ts';
import type { Attempt, Notification } from '#shared/notification/notification.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import type { ReceivedAnswer, Wish } from '#test/faults/campaign/clients.ts';
import type { Arrived, CommandRow, Facts, NotificationRow } from '#test/faults/campaign/facts.ts';
import { violationsIn } from '#test/faults/campaign/judge.ts';
import { ends, settledUnknowns } from '#test/faults/campaign/unknowns.ts';
import type { ViolationKind } from '#test/faults/campaign/violations.ts';

const AT = '2026-01-01T12:00:00.000Z';
const ORDER = { tenant: 'acme', orderId: 'o1' } as const;
const ADA = { email: 'ada@example.com', sms: '+4366012345678' };

const wish = (kind: Wish['kind'], key: string, sku: string, more: Partial<Wish> = {}): Wish => ({
  ...ORDER,
  kind,
  key,
  path: kind === 'place' ? '/orders' : '/orders/o1/items',
  body: kind === 'place' ? { lines: [{ sku }] } : { sku },
  channels: kind === 'place' ? ['email', 'sms'] : [],
  refused: false,
  ...more,
});
const received = (one: Wish, status: number, text: string): ReceivedAnswer => ({
  wish: one,
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

const attempt = (nonce: string, more: Partial<Attempt> = {}): Attempt => ({ nonce, claimedAt: AT, ...more });
const basis = (channel: Channel, attempts: Attempt[]) => ({
  channel,
  purpose: 'order-confirmation',
  createdAt: AT,
  correlationId: 'place',
  attempts,
});
const sent = (channel: Channel, providerMessageId: string): Notification => ({
  ...basis(channel, [attempt('one', { outcome: 'accepted', settledAt: AT, providerMessageId })]),
  ...(channel === 'email' && { outcomes: ['delivered'] }),
  status: 'SENT',
  providerMessageId,
  sentAt: AT,
});
const held = (channel: Channel, reason: string, attempts: Attempt[]): Notification => ({
  ...basis(channel, attempts),
  status: 'HELD',
  reason,
  heldAt: AT,
});
const unknown = attempt('one', { outcome: 'unknown', reason: 'TIMEOUT', settledAt: AT });

const row = (channel: Channel, position: number): NotificationRow => ({
  ...ORDER,
  notificationId: `order_o1_1-${position}`,
  recipients: [ADA[channel]],
  notification: sent(channel, `${channel}-message`),
});
const mail = (providerMessageId = 'email-message'): Arrived => ({
  providerMessageId,
  at: AT,
  to: [ADA.email],
  body: 'Order o1 is placed',
  files: [],
  tags: { tenant: 'acme', notification: 'order_o1_1-1', attempt: 'one' },
});
const text = (providerMessageId = 'sms-message'): Arrived => ({
  providerMessageId,
  at: AT,
  to: [ADA.sms],
  body: 'Order o1 is placed',
  files: [],
});
const requested = 'counterfoil.notification.requested.v1';

/** An order by e-mail and text message, with a second body under its key, an item, and an item that was refused. */
function healthy(): Facts {
  const place = wish('place', 'place', 'FIRST-1');
  const other = wish('place', 'place', 'OTHER-1');
  const item = wish('item', 'item', 'ADD-1');
  const tooMuch = wish('too-much', 'gem', 'GEM-1');
  const messages = ['m1', 'm2'].map((id) => ({
    id,
    type: requested,
    body: `body of ${id}`,
    about: 'acme o1',
    state: 'published' as const,
  }));
  const shown = (channel: Channel, position: number) => ({
    notificationId: `order_o1_1-${position}`,
    channel,
    status: 'SENT',
    attempts: [],
  });
  return {
    wishes: [place, other, item, tooMuch],
    received: [
      received(place, 201, 'placed'),
      received(place, 201, 'placed'),
      received(other, 422, 'conflict'),
      received(item, 200, 'added'),
      received(tooMuch, 409, 'too much'),
    ],
    seen: [
      { path: '/orders/o1', byStranger: false, status: 200 },
      { path: '/orders/o1', byStranger: true, status: 404 },
    ],
    repeated: new Map(),
    orders: [{ ...ORDER, version: 2, skus: ['FIRST-1', 'ADD-1'] }],
    commands: [command(place, true, 'placed'), command(item, true, 'added'), command(tooMuch, false, 'too much')],
    messages,
    notifications: [row('email', 1), row('sms', 2)],
    emails: [mail()],
    probes: 1,
    texts: [text()],
    attachments: [],
    overheard: [
      { id: 'm1', type: requested, tenant: 'acme', times: 2, bodies: new Set(['body of m1']) },
      {
        id: 'reminder',
        type: requested,
        tenant: 'acme',
        notificationId: 'order_o1_1-1',
        times: 1,
        bodies: new Set(['again']),
      },
    ],
    shown: [
      {
        ...ORDER,
        status: 200,
        version: 2,
        skus: ['FIRST-1', 'ADD-1'],
        notifications: [shown('email', 1), shown('sms', 2)],
      },
    ],
    counted: [{ tenant: 'acme', statuses: { SENT: 2 } }],
    queues: [{ name: 'send-email, dead', depth: 1 }],
    deadLetters: [],
  };
}

const countedIn = ({ notifications }: Facts): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(notifications, ({ notification }) => notification.status)].map(([status, rows]) => [
      status,
      rows.length,
    ]),
  );

/** The facts with a notification of this state, as the table and the API show it. */
function withNotification(facts: Facts, position: 0 | 1, notification: Notification): void {
  (facts.notifications[position] as NotificationRow).notification = notification;
  facts.counted = [{ tenant: 'acme', statuses: { ...countedIn(facts) } }];
  const view = facts.shown[0]?.notifications[position];
  if (view) view.status = notification.status;
}
const first = <Value>(values: Value[]): Value => values[0] ?? assert.fail();

type Case = [what: string, kinds: ViolationKind[], change: (facts: Facts) => void];

const CASES: Case[] = [
  ['an accepted order that is not in the table', ['lost'], (facts) => facts.orders.splice(0)],
  [
    'an accepted command without its record',
    ['lost'],
    (facts) => {
      facts.commands.splice(1, 1);
      for (const one of [first(facts.orders), first(facts.shown)]) one.version = 1;
    },
  ],
  ['SENT, and not in the inbox', ['lost'], (facts) => facts.emails.splice(0)],
  ['a text message SENT, and not in the inbox', ['lost'], (facts) => facts.texts.splice(0)],
  [
    'a channel that was not thought of',
    ['diverging', 'lost'],
    (facts) => facts.notifications.pop() && facts.texts.splice(0),
  ],
  [
    'FAILED without a refusal',
    ['lost'],
    (facts) => {
      withNotification(facts, 0, {
        ...basis('email', [unknown]),
        status: 'FAILED',
        reason: 'MessageRejected',
        failedAt: AT,
      });
      facts.emails.splice(0);
    },
  ],
  [
    'HELD for a reason that is none',
    ['lost'],
    (facts) => {
      withNotification(facts, 0, held('email', 'RESTORED', [unknown]));
      facts.emails.splice(0);
    },
  ],
  [
    'an e-mail HELD by the policy of text messages',
    ['lost'],
    (facts) => {
      withNotification(facts, 0, held('email', 'POLICY', [unknown]));
      facts.emails.splice(0);
    },
  ],
  [
    'HELD without a call',
    ['lost'],
    (facts) => {
      withNotification(facts, 0, held('email', 'FEED_SILENT', []));
      facts.emails.splice(0);
    },
  ],
  [
    'a message that was set aside',
    ['lost'],
    (facts) => {
      first(facts.messages).state = 'buried';
    },
  ],
  [
    'an order that its client cannot read',
    ['lost'],
    (facts) => {
      first(facts.seen).status = 404;
    },
  ],
  [
    'a key whose bodies are all answered as conflicts',
    ['lost', 'phantom'],
    (facts) => {
      facts.wishes.splice(2);
      facts.received = facts.wishes.map((one) => received(one, 422, 'conflict'));
      facts.commands.splice(1);
    },
  ],
  [
    'an item for an order that is not there',
    ['lost'],
    (facts) => {
      const gone = wish('item', 'late', 'ADD-2');
      facts.wishes.push(gone);
      facts.received.push(received(gone, 404, 'none'));
    },
  ],

  ['two e-mails of one notification', ['doubled'], (facts) => facts.emails.push(mail('second'))],
  ['two text messages of one notification', ['doubled'], (facts) => facts.texts.push(text('second'))],
  [
    'two, and the row says so',
    ['doubled'],
    (facts) => {
      facts.emails.push(mail('second'));
      withNotification(facts, 0, { ...sent('email', 'email-message'), doubled: true });
    },
  ],

  [
    'an e-mail without a notification',
    ['phantom'],
    (facts) => facts.emails.push({ ...mail('x'), tags: { tenant: 'acme', notification: 'order_o2_1-1' } }),
  ],
  [
    'another tenant’s e-mail of the same id',
    ['phantom'],
    (facts) => facts.emails.push({ ...mail('x'), tags: { tenant: 'globex', notification: 'order_o1_1-1' } }),
  ],
  [
    'a text message to somebody else',
    ['phantom'],
    (facts) => facts.texts.push({ ...text('x'), to: ['+4366000000000'] }),
  ],
  [
    'an order that nobody placed',
    ['phantom'],
    (facts) => facts.orders.push({ tenant: 'acme', orderId: 'o2', version: 1, skus: [] }),
  ],
  [
    'a command that nobody sent',
    ['phantom'],
    (facts) => facts.commands.push(command(wish('item', 'unheard', 'X'), false, 'no')),
  ],
  [
    'a message that stands in no outbox',
    ['phantom'],
    (facts) =>
      facts.overheard.push({
        id: 'm9',
        type: 'counterfoil.order.placed.v1',
        tenant: 'acme',
        times: 1,
        bodies: new Set(['x']),
      }),
  ],
  [
    'a reminder of a notification that is not there',
    ['phantom'],
    (facts) =>
      facts.overheard.push({
        id: 'm9',
        type: requested,
        tenant: 'globex',
        notificationId: 'order_o1_1-1',
        times: 1,
        bodies: new Set(['x']),
      }),
  ],

  [
    'two answers to one key',
    ['diverging', 'diverging'],
    (facts) => {
      (facts.received[1] as ReceivedAnswer).text = 'placed otherwise';
    },
  ],
  [
    'a client with another answer than the stored one',
    ['diverging'],
    (facts) => {
      first(facts.commands).answer = 'placed otherwise';
    },
  ],
  [
    'both bodies of a key accepted',
    ['diverging', 'diverging'],
    (facts) => {
      facts.received[2] = received((facts.received[2] as ReceivedAnswer).wish, 201, 'placed');
    },
  ],
  [
    'the same request accepted and a conflict',
    ['diverging'],
    (facts) => facts.received.push(received(first(facts.wishes), 422, 'conflict')),
  ],
  [
    'an answer that no command has',
    ['diverging'],
    (facts) => {
      const bad = wish('item', 'bad', 'ADD-3');
      facts.wishes.push(bad);
      facts.received.push(received(bad, 400, 'bad'));
    },
  ],
  [
    'an item that was acknowledged and is not there',
    ['diverging'],
    (facts) => {
      for (const one of [first(facts.orders), first(facts.shown)]) one.skus = ['FIRST-1'];
    },
  ],
  [
    'an item that is there twice',
    ['diverging'],
    (facts) => {
      for (const one of [first(facts.orders), first(facts.shown)]) one.skus = ['FIRST-1', 'ADD-1', 'ADD-1'];
    },
  ],
  [
    'a version that skipped one',
    ['diverging'],
    (facts) => {
      for (const one of [first(facts.orders), first(facts.shown)]) one.version = 3;
    },
  ],
  [
    'an API that shows another order than the table',
    ['diverging'],
    (facts) => {
      first(facts.shown).version = 1;
    },
  ],
  [
    'an API that shows another status than the table',
    ['diverging'],
    (facts) => {
      first(first(facts.shown).notifications).status = 'PENDING';
    },
  ],
  [
    'SENT as a message that was not taken',
    ['diverging'],
    (facts) => {
      first(facts.emails).providerMessageId = 'other';
    },
  ],
  [
    'FAILED, and in the inbox',
    ['diverging', 'lost'],
    (facts) =>
      withNotification(facts, 0, {
        ...basis('email', [unknown]),
        status: 'FAILED',
        reason: 'MessageRejected',
        failedAt: AT,
      }),
  ],
  [
    'an e-mail HELD, and in the inbox',
    ['diverging'],
    (facts) => withNotification(facts, 0, held('email', 'FEED_SILENT', [unknown])),
  ],
  [
    'a row that says doubled of one e-mail',
    ['diverging'],
    (facts) => withNotification(facts, 0, { ...sent('email', 'email-message'), doubled: true }),
  ],
  [
    'two wordings of one notification',
    ['diverging', 'doubled'],
    (facts) => facts.emails.push({ ...mail('second'), body: 'Order o1 was placed' }),
  ],
  [
    'an e-mail to somebody else',
    ['diverging'],
    (facts) => {
      first(facts.emails).to = ['eve@example.com'];
    },
  ],
  [
    'an e-mail about another order',
    ['diverging'],
    (facts) => {
      first(facts.emails).body = 'Order o2 is placed';
    },
  ],
  [
    'a recipient that the provider refuses, and took',
    ['diverging', 'diverging'],
    (facts) => {
      first(facts.wishes).refused = true;
    },
  ],
  ['a message in two wordings', ['diverging'], (facts) => first(facts.overheard).bodies.add('other')],
  [
    'a message in another wording than its outbox',
    ['diverging'],
    (facts) => {
      first(facts.overheard).bodies = new Set(['other']);
    },
  ],
  [
    'an order shown to another tenant',
    ['diverging'],
    (facts) => {
      (facts.seen[1] as { status: number }).status = 200;
    },
  ],

  ['a wish without an answer', ['unfinished'], (facts) => facts.wishes.push(wish('item', 'waiting', 'ADD-9'))],
  [
    'a client that gave up',
    ['unfinished'],
    (facts) => {
      const tired = wish('item', 'tired', 'ADD-9');
      facts.wishes.push(tired);
      facts.received.push(received(tired, 0, 'no answer'));
    },
  ],
  [
    'a reader that gave up',
    ['unfinished'],
    (facts) => {
      first(facts.seen).status = 0;
    },
  ],
  [
    'an e-mail still PENDING',
    ['unfinished'],
    (facts) => {
      withNotification(facts, 0, { ...basis('email', []), status: 'PENDING', dueAt: 0 });
      facts.emails.splice(0);
    },
  ],
  [
    'an e-mail still SENDING',
    ['unfinished'],
    (facts) => {
      withNotification(facts, 0, {
        ...basis('email', [attempt('one')]),
        status: 'SENDING',
        nonce: 'one',
        leaseUntil: 0,
      });
      facts.emails.splice(0);
    },
  ],
  [
    'an e-mail still UNKNOWN',
    ['unfinished'],
    (facts) => {
      withNotification(facts, 0, {
        ...basis('email', [unknown]),
        status: 'UNKNOWN',
        reason: 'TIMEOUT',
        since: AT,
        deadline: 0,
      });
      facts.emails.splice(0);
    },
  ],
  [
    'a message that was not published',
    ['unfinished'],
    (facts) => {
      first(facts.messages).state = 'due';
    },
  ],
  [
    'statistics that count otherwise',
    ['diverging'],
    (facts) => {
      facts.counted = [{ tenant: 'acme', statuses: { SENT: 1 } }];
    },
  ],
  ['a queue that is not empty', ['unfinished'], (facts) => facts.queues.push({ name: 'send-email', depth: 1 })],
];

describe('The judge of a campaign', () => {
  const kindsIn = (facts: Facts) => violationsIn(facts).map(({ kind }) => kind);

  it('has nothing to say of what is well', () => {
    assert.deepEqual(violationsIn(healthy()), []);
  });

  it('takes for an end what a provider refused, and what nobody can know', () => {
    const refused = healthy();
    first(refused.wishes).refused = true;
    withNotification(refused, 0, { ...basis('email', []), status: 'FAILED', reason: 'MessageRejected', failedAt: AT });
    withNotification(refused, 1, { ...basis('sms', []), status: 'FAILED', reason: 'InvalidParameter', failedAt: AT });
    refused.emails = [];
    refused.texts = [];
    assert.deepEqual(violationsIn(refused), []);
    for (const reason of ['UNKNOWN_AGAIN', 'FEED_SILENT', 'FEED_BACKLOG']) {
      const facts = healthy();
      withNotification(facts, 0, held('email', reason, [unknown]));
      facts.emails = [];
      withNotification(facts, 1, held('sms', 'POLICY', [unknown]));
      assert.deepEqual(violationsIn(facts), [], reason);
    }
  });

  for (const [what, kinds, change] of CASES) {
    it(`finds ${what}: ${[...new Set(kinds)].join(', ')}`, () => {
      const facts = structuredClone(healthy());
      change(facts);
      assert.deepEqual(kindsIn(facts).toSorted(), kinds.toSorted());
    });
  }

  it('says of each what it is about, and what it saw', () => {
    const facts = healthy();
    facts.emails = [];
    const [{ about, why } = assert.fail()] = violationsIn(facts);
    assert.equal(about, 'acme email order_o1_1-1, correlation id place');
    assert.match(why, /^SENT, and never taken by the provider: \{.*"arrived":\[\]/);
  });
});

describe('Unknown outcomes', () => {
  const settled = (...cases: [Notification, arrived: number][]) => {
    const facts = healthy();
    facts.counted = [];
    facts.notifications = cases.map(([notification], index) => ({
      ...row(notification.channel, index),
      recipients: [`recipient ${index}`],
      notification,
    }));
    facts.emails = cases.flatMap(([{ channel }, count], index) =>
      channel === 'email'
        ? Array.from({ length: count }, () => ({
            ...mail(),
            tags: { tenant: 'acme', notification: `order_o1_1-${index}` },
          }))
        : [],
    );
    facts.texts = cases.flatMap(([{ channel }, count], index) =>
      channel === 'sms' ? Array.from({ length: count }, () => ({ ...text(), to: [`recipient ${index}`] })) : [],
    );
    return facts;
  };
  const accepted = attempt('two', { outcome: 'accepted', settledAt: AT });
  const byEvent = attempt('one', { outcome: 'accepted', reason: 'LEASE_OVER', settledAt: AT });
  const asSent = (attempts: Attempt[]): Notification => ({ ...sent('email', 'm'), attempts });

  it('are told by how they were settled, attempt by attempt', () => {
    const facts = settled(
      [sent('email', 'm'), 1],
      [asSent([byEvent]), 1],
      [asSent([unknown, accepted]), 1],
      [asSent([unknown, byEvent]), 1],
      [held('email', 'UNKNOWN_AGAIN', [unknown, unknown]), 0],
      [held('sms', 'POLICY', [unknown]), 1],
      [held('sms', 'POLICY', [unknown]), 0],
    );
    assert.deepEqual(Object.fromEntries(settledUnknowns(facts)), {
      'email SENT, by the provider’s event': 2,
      'email sent again after silence': 3,
      'email HELD, UNKNOWN_AGAIN; it had not been taken': 1,
      'sms HELD, POLICY; it had been taken': 1,
      'sms HELD, POLICY; it had not been taken': 1,
    });
    assert.deepEqual(Object.fromEntries(ends(facts)), {
      'email SENT': 4,
      'email HELD, UNKNOWN_AGAIN': 1,
      'sms HELD, POLICY': 2,
    });
  });
});
