import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import type { Facts } from '#test/faults/campaign/facts.ts';
import { crashes, discards, finds, first, healthy, messageRow, row } from './facts.ts';

finds('The judge of messages, reads, queues and statistics', healthy, [
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
    'a message that stands in no outbox',
    ['phantom'],
    (facts) => facts.observed.push({ ...messageRow('m9', 'counterfoil.order.placed.v1', row('email', 1)), times: 1 }),
  ],
  [
    'a reminder of a notification that is not there',
    ['phantom'],
    (facts) => {
      const elsewhere = { ...row('email', 1), tenant: 'globex' };
      facts.observed.push({ ...messageRow('m9', NOTIFICATION_REQUESTED, elsewhere), times: 1 });
    },
  ],
  [
    'a message in two wordings',
    ['diverging'],
    (facts) => facts.observed.push({ ...first(facts.observed), body: 'other' }),
  ],
  [
    'a message in another wording than its outbox',
    ['diverging'],
    (facts) => {
      first(facts.observed).body = 'other';
    },
  ],
  [
    'an event that was announced twice, under two ids',
    ['doubled'],
    (facts) => {
      const event = 'counterfoil.notification.delivered.v1';
      for (const id of ['m8', 'm9']) facts.messages.push(messageRow(id, event, row('email', 1)));
    },
  ],
  [
    'an order shown to another tenant',
    ['diverging'],
    (facts) => {
      (facts.seen[1] as { status: number }).status = 200;
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
  [
    'an order that the list does not have',
    ['lost'],
    (facts) => {
      facts.listed = [];
    },
  ],
  [
    'an order that the list has in an earlier version',
    ['diverging'],
    (facts) => {
      first(facts.listed).version = 1;
    },
  ],
  [
    'an order that only the list has',
    ['phantom'],
    (facts) => facts.listed.push({ ...first(facts.listed), orderId: 'o2' }),
  ],
  ['a queue that is not empty', ['unfinished'], (facts) => facts.queues.push({ name: 'send-email', depth: 1 })],
]);

/** `send-sms` crashed on a message. */
function withDeadLetter(): Facts {
  const facts = healthy();
  discards(facts, crashes(facts, 'send-sms', first(facts.messages)));
  return facts;
}

finds('The judge of dead letters', withDeadLetter, [
  [
    'a dead-letter queue that is not empty',
    ['unfinished'],
    (facts) => facts.queues.push({ name: 'send-email, dead', depth: 1 }),
  ],
  ['a dead letter that is listed and not stored', ['phantom'], (facts) => facts.listedDeadLetters.push('elsewhere')],
  [
    'a dead letter about a message of no outbox',
    ['phantom'],
    (facts) => discards(facts, crashes(facts, 'send-email', { id: 'unknown', body: '' })),
  ],
  [
    'a dead letter with another message',
    ['diverging'],
    (facts) => discards(facts, crashes(facts, 'send-email', { ...first(facts.messages), body: 'other' })),
  ],
  [
    'a dead letter that no fault can cause',
    ['lost'],
    (facts) => {
      first(facts.deadLetters).reason = 'MALFORMED';
    },
  ],
]);
