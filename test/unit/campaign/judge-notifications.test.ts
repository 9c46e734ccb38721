import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { violationsIn } from '#test/faults/campaign/judge.ts';
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

finds('The judge of notifications', healthy, [
  [
    'an e-mail sent again after it was accepted',
    ['phantom'],
    (facts) => {
      const { attempts } = sent('email', 'email-message');
      become(facts, 0, {
        ...sent('email', 'email-message'),
        attempts: [...attempts, attempt('two', { outcome: 'unknown' })],
      });
    },
  ],
  [
    'an e-mail sent again twice',
    ['phantom'],
    (facts) => {
      const { attempts } = sent('email', 'email-message');
      const before = [attempt('three', { outcome: 'unknown' }), attempt('two', { outcome: 'unknown' })];
      become(facts, 0, { ...sent('email', 'email-message'), attempts: [...before, ...attempts] });
    },
  ],
  ['SENT without its event', ['diverging'], (facts) => facts.messages.splice(1, 1)],
  [
    'an event of a failure, and it is in the inbox',
    ['diverging'],
    (facts) =>
      facts.messages.push(messageRow('failed', 'counterfoil.notification.failed.v1', first(facts.notifications))),
  ],
  ['SENT, and not in the inbox', ['diverging', 'lost'], (facts) => facts.emails.splice(0)],
  ['a text message SENT, and not in the inbox', ['diverging', 'lost'], (facts) => facts.texts.splice(0)],
  [
    'a channel that was not thought of',
    ['diverging', 'lost'],
    (facts) => facts.notifications.pop() && facts.texts.splice(0),
  ],
  [
    'FAILED, but the provider did not reject it',
    ['lost'],
    (facts) => {
      become(facts, 0, {
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
      become(facts, 0, held('email', 'RESTORED', [unknown]));
      facts.emails.splice(0);
    },
  ],
  [
    'an e-mail HELD by the policy of text messages',
    ['lost'],
    (facts) => {
      become(facts, 0, held('email', 'POLICY', [unknown]));
      facts.emails.splice(0);
    },
  ],
  [
    'HELD without a call',
    ['lost'],
    (facts) => {
      become(facts, 0, held('email', 'FEED_SILENT', []));
      facts.emails.splice(0);
    },
  ],
  ['two e-mails of one notification', ['diverging', 'doubled'], (facts) => facts.emails.push(mail('second'))],
  ['two text messages of one notification', ['doubled'], (facts) => facts.texts.push(text('second'))],
  [
    'two, with the mark in the row',
    ['doubled'],
    (facts) => {
      facts.emails.push(mail('second'));
      become(facts, 0, { ...sent('email', 'email-message'), doubled: true });
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
    'a text message to another recipient',
    ['phantom'],
    (facts) => facts.texts.push({ ...text('x'), to: ['+4366000000000'] }),
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
      become(facts, 0, {
        ...basis('email', [unknown]),
        status: 'FAILED',
        reason: 'MessageRejected',
        failedAt: AT,
      }),
  ],
  [
    'an e-mail HELD, and in the inbox',
    ['diverging'],
    (facts) => become(facts, 0, held('email', 'FEED_SILENT', [unknown])),
  ],
  [
    'the mark of a doubled notification after one e-mail',
    ['diverging'],
    (facts) => become(facts, 0, { ...sent('email', 'email-message'), doubled: true }),
  ],
  [
    'two wordings of one notification',
    ['diverging', 'diverging', 'doubled'],
    (facts) => facts.emails.push({ ...mail('second'), body: 'Order o1 was placed' }),
  ],
  [
    'an e-mail to another recipient',
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
      first(facts.requests).refused = true;
    },
  ],
  [
    'an e-mail still PENDING',
    ['unfinished'],
    (facts) => {
      become(facts, 0, { ...basis('email', []), status: 'PENDING', dueAt: 0 });
      facts.emails.splice(0);
    },
  ],
  [
    'an e-mail still SENDING',
    ['unfinished'],
    (facts) => {
      become(facts, 0, {
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
      become(facts, 0, {
        ...basis('email', [unknown]),
        status: 'UNKNOWN',
        reason: 'TIMEOUT',
        since: AT,
        deadline: 0,
      });
      facts.emails.splice(0);
    },
  ],
]);

describe('The judge of a campaign', () => {
  it('accepts a rejection and an outcome that cannot be known as ends', () => {
    const refused = healthy();
    first(refused.requests).refused = true;
    become(refused, 0, { ...basis('email', []), status: 'FAILED', reason: 'MessageRejected', failedAt: AT });
    become(refused, 1, { ...basis('sms', []), status: 'FAILED', reason: 'InvalidParameter', failedAt: AT });
    refused.emails = [];
    refused.texts = [];
    assert.deepEqual(violationsIn(refused), []);
    for (const reason of ['UNKNOWN_AGAIN', 'FEED_SILENT', 'FEED_BACKLOG']) {
      const facts = healthy();
      become(facts, 0, held('email', reason, [unknown]));
      facts.emails = [];
      become(facts, 1, held('sms', 'POLICY', [unknown]));
      assert.deepEqual(violationsIn(facts), [], reason);
    }
  });

  it('expects the invoice of an order whose recipients are refused', () => {
    const facts = healthy();
    for (const one of facts.requests) one.refused = true;
    const confirm = request('step', 'confirm', '', {
      path: '/orders/o1/confirm',
      channels: ['webhook'],
      refused: true,
    });
    facts.requests.push(confirm);
    facts.answers.push(answer(confirm, 200, 'confirmed'));
    facts.commands.push(command(confirm, true, 'confirmed'));
    Object.assign(facts, withOrder(3, ['FIRST-1', 'ADD-1'], { status: 'confirmed', confirmedAt: AT }));
    first(facts.shown).version = 3;
    const failed = { status: 'FAILED', reason: 'MessageRejected', failedAt: AT } as const;
    const ofOrder = (['email', 'sms'] as const).map((channel, index) => ({
      ...row(channel, index + 1),
      notification: { ...basis(channel, []), ...failed },
    }));
    const id = 'order_o1_3-1';
    const webhook = { ...sent('email', id), channel: 'webhook', purpose: 'invoice' } as const;
    const invoice = { ...row('email', 3), notificationId: id, recipients: ['billing'], notification: webhook };
    Object.assign(facts, withNotifications(facts, [...ofOrder, invoice]), { emails: [], texts: [], observed: [] });
    facts.webhooks = [{ ...mail(id), to: ['billing'], tags: { tenant: 'acme', notification: id, attempt: 'one' } }];
    assert.deepEqual(violationsIn(facts), []);
  });

  it('names the subject and the evidence of each', () => {
    const facts = healthy();
    facts.emails = [];
    const { about, why } = first(violationsIn(facts));
    assert.equal(about, 'acme email order_o1_1-1, correlation id place');
    assert.match(why, /^SENT, but never accepted: \{.*"accepted":\[\]/);
  });
});
