import { ORDER_CONFIRMED, ORDER_PLACED } from '#shared/names.ts';
import type { DeadLetterAction } from '#shared/once/dead-letter.ts';
import type { DeadLetterRow, Facts, RedriveRow } from '#test/faults/campaign/facts.ts';
import type { PlannedRequest } from '#test/faults/campaign/requests.ts';
import { commanding, owning, planning, redriveIdOf, switching } from '#test/faults/campaign/requests-operators.ts';
import { AT, acts, answer, crashes, discards, finds, first, healthy, messageRow, request, row } from './facts.ts';

const PACE = { ratePerSecond: 10, canary: [], stopAbove: 1 };
const plan = planning('plan', { fingerprint: 'group' }, PACE);
const redriveId = redriveIdOf(plan);
const [start, stop] = [commanding('start', 'start', redriveId), commanding('stop', 'stop', redriveId, 'Too slow.')];
const own = owning('own', 'group', 'mail team');
const [pause, resume] = [
  switching('pause-subscriber', 'pause', 'send-sms', 'The provider is slow.'),
  switching('resume-subscriber', 'resume', 'send-sms', 'The provider is back.'),
];

const action = (name: DeadLetterAction['action'], more: Partial<DeadLetterAction> = {}): DeadLetterAction => ({
  ...{ action: name, at: AT, actor: 'system' },
  ...more,
});
const marked = action('redrive', { actor: 'operator', redriveId });
const failedAgain = action('reopen', { redriveId });
const resolved = action('resolve', { redriveId });

const NO_COUNTS = { waiting: 0, sent: 0, resolved: 0, failedAgain: 0, skipped: 0, unknown: 0 };
const ended = { auditId: '2-end', at: AT, actor: 'run-redrive', correlationId: redriveId, count: 2 } as const;

/** Two dead letters: one that a redrive has resolved, and poison. A group has an owner, and a subscriber was paused. */
function operated(): Facts {
  const facts = healthy();
  const placed = JSON.stringify({ id: 'placed', type: ORDER_PLACED, tenantid: 'acme', subject: 'order/o1', data: {} });
  facts.messages.push({ ...messageRow('placed', ORDER_PLACED, row('email', 1)), body: placed });
  Object.assign(crashes(facts, 'project-orders', { id: 'placed', body: placed }), {
    status: 'resolved',
    history: [marked, resolved],
  });
  facts.listedDeadLetters = ['poison-1'];
  facts.poison = [{ subscriber: 'send-sms', id: 'hash', reason: 'NOT_JSON' }];
  const poison = { deadLetterId: 'poison-1', subscriber: 'send-sms', reason: 'NOT_JSON', id: 'hash' };
  facts.deadLetters.push({ ...poison, status: 'open', history: [] });
  facts.leftOpen = [{ deadLetterId: 'poison-1', reason: 'NO_MESSAGE' }];
  acts(facts, plan, 201, { action: 'plan-redrive', redriveId });
  acts(facts, start, 200, { action: 'start-redrive', redriveId });
  facts.audit.push({ ...ended, action: 'end-redrive', redriveId });
  const counts = { ...NO_COUNTS, resolved: 1, skipped: 1 };
  facts.redrives = [{ redriveId, status: 'done', actor: 'operator', counts, members: 2 }];
  acts(facts, own, 200, { action: 'describe-group', fingerprint: 'group', owner: 'mail team' });
  facts.groups = [{ fingerprint: 'group', owner: 'mail team' }];
  acts(facts, pause, 202, { action: 'pause-subscriber', subscriber: 'send-sms' });
  acts(facts, resume, 202, { action: 'resume-subscriber', subscriber: 'send-sms' });
  facts.invoked = [{ subscriber: 'send-sms', count: 0 }];
  return facts;
}

const letter = (facts: Facts): DeadLetterRow => first(facts.deadLetters);
const poison = (facts: Facts): DeadLetterRow => facts.deadLetters[1] ?? first(facts.deadLetters);
const redrive = (facts: Facts): RedriveRow => first(facts.redrives);
const withoutAudit = (facts: Facts, { key }: PlannedRequest): void => {
  facts.audit = facts.audit.filter(({ correlationId }) => correlationId !== key);
};
/** The dead letter is open again. */
const reopen = (facts: Facts): void => {
  Object.assign(letter(facts), { status: 'open', history: [marked, failedAgain] });
  Object.assign(redrive(facts).counts, { resolved: 0, failedAgain: 1 });
  facts.listedDeadLetters.push(letter(facts).deadLetterId);
};

finds('The judge of dead letters that operators work on', operated, [
  ['a dead letter that no list shows', ['lost'], (facts) => facts.listedDeadLetters.pop()],
  [
    'a dead letter that is still being redriven',
    ['unfinished'],
    (facts) => {
      Object.assign(letter(facts), { status: 'redriving', history: [marked, resolved, failedAgain, marked] });
    },
  ],
  ['a dead letter that is open, and that the last redrive did not name', ['unfinished'], reopen],
  [
    'a dead letter that is open for a reason that is not true',
    ['diverging'],
    (facts) => {
      reopen(facts);
      facts.leftOpen.push({ deadLetterId: letter(facts).deadLetterId, reason: 'HELD' });
    },
  ],
  [
    'poison that is open for a reason that is not true',
    ['diverging'],
    (facts) => {
      first(facts.leftOpen).reason = 'HELD';
    },
  ],
  [
    'a dead letter that was resolved without a mark',
    ['phantom', 'phantom'],
    (facts) => {
      letter(facts).history = [resolved];
    },
  ],
  [
    'a new failure that was resolved by the message of an earlier one',
    ['phantom'],
    (facts) => {
      letter(facts).history = [marked, failedAgain, resolved];
    },
  ],
  [
    'a dead letter that nobody discarded',
    ['phantom'],
    (facts) => {
      Object.assign(letter(facts), {
        status: 'discarded',
        history: [marked, resolved, failedAgain, action('discard')],
      });
    },
  ],
  [
    'a discard that is not in the history of its dead letter',
    ['lost', 'phantom'],
    (facts) => {
      discards(facts, poison(facts));
      poison(facts).history = [];
    },
  ],
  [
    'a discard that was done twice',
    ['doubled'],
    (facts) => {
      discards(facts, poison(facts));
      poison(facts).history = [...poison(facts).history, ...poison(facts).history];
    },
  ],
  [
    'poison that is no dead letter',
    ['lost'],
    (facts) => {
      facts.deadLetters = [letter(facts)];
      facts.listedDeadLetters = [];
    },
  ],
  [
    'poison with another reason',
    ['lost'],
    (facts) => {
      poison(facts).reason = 'MALFORMED';
    },
  ],
  [
    'poison that was handled',
    ['phantom'],
    (facts) => {
      Object.assign(poison(facts), { status: 'resolved', history: [marked, resolved] });
      facts.listedDeadLetters = [];
    },
  ],
]);

/** The first try of the start was refused. */
function refusedFirst(): Facts {
  const facts = operated();
  const refusal = answer(start, 409, '{"code":"SUBSCRIBER_PAUSED"}');
  facts.answers = [refusal, ...facts.answers];
  return facts;
}

finds('The judge of operators whose request was refused first', refusedFirst, [
  [
    'a rejection that is not stored',
    ['diverging', 'diverging', 'diverging'],
    (facts) => {
      first(facts.answers).text = '{"code":"REDRIVE_STARTED"}';
    },
  ],
]);

finds('The judge of operators', operated, [
  ['an action without an audit entry', ['lost'], (facts) => withoutAudit(facts, pause)],
  [
    'an action with two audit entries',
    ['doubled'],
    (facts) => acts(facts, resume, 202, { action: 'resume-subscriber', subscriber: 'send-sms', auditId: '2' }),
  ],
  [
    'an audit entry of another action',
    ['diverging'],
    (facts) => {
      withoutAudit(facts, pause);
      const { subscriber: _, ...others } = { ...ended, subscriber: '' };
      facts.audit.push({ ...others, correlationId: pause.key, action: 'pause-subscriber', subscriber: 'send-email' });
    },
  ],
  [
    'an audit entry without an action',
    ['phantom'],
    (facts) => facts.audit.push({ ...ended, correlationId: 'other', action: 'resume-redrive', redriveId }),
  ],
  [
    'a redrive that was ended twice',
    ['doubled'],
    (facts) => facts.audit.push({ ...ended, auditId: '3-end', action: 'end-redrive', redriveId }),
  ],
  [
    'a redrive that still runs',
    ['unfinished'],
    (facts) => {
      redrive(facts).status = 'running';
    },
  ],
  [
    'a redrive that was stopped, and is done',
    ['diverging'],
    (facts) => acts(facts, stop, 200, { action: 'stop-redrive', redriveId }),
  ],
  [
    'a redrive that is done without an end',
    ['diverging'],
    (facts) => {
      facts.audit = facts.audit.filter((entry) => entry.action !== 'end-redrive');
    },
  ],
  [
    'a redrive that was started, and is planned',
    ['diverging'],
    (facts) => {
      redrive(facts).status = 'planned';
      facts.audit = facts.audit.filter((entry) => entry.action !== 'end-redrive');
    },
  ],
  [
    'a redrive that no operator planned',
    ['phantom'],
    (facts) =>
      facts.redrives.push({ ...redrive(facts), redriveId: 'other', status: 'planned', counts: NO_COUNTS, members: 0 }),
  ],
  ['a redrive that is not stored', ['lost'], (facts) => facts.redrives.pop()],
  [
    'a redrive that has lost a member',
    ['lost'],
    (facts) => {
      redrive(facts).members = 3;
    },
  ],
  [
    'a redrive that is done, and waits for a member',
    ['unfinished'],
    (facts) => {
      redrive(facts).counts = { ...NO_COUNTS, sent: 1, resolved: 1 };
    },
  ],
  [
    'a redrive that counts more than it has resolved',
    ['phantom'],
    (facts) => {
      redrive(facts).counts = { ...NO_COUNTS, resolved: 2 };
    },
  ],
  [
    'a group that has lost its owner',
    ['lost'],
    (facts) => {
      facts.groups = [{ fingerprint: 'group' }];
    },
  ],
  [
    'a subscriber that is still paused',
    ['unfinished'],
    (facts) => {
      facts.pauses = { 'send-sms': { wanted: 'paused', at: AT, actor: 'operator' } };
    },
  ],
  [
    'a subscriber that was not resumed',
    ['unfinished'],
    (facts) => {
      facts.pauses = { 'send-sms': { wanted: 'running', at: AT, actor: 'operator' } };
    },
  ],
  [
    'a subscriber that was invoked while it was paused',
    ['phantom'],
    (facts) => {
      first(facts.invoked).count = 1;
    },
  ],
]);

/** A confirmed order without an invoice: an operator discarded the message that requests it. */
function withoutInvoice(): Facts {
  const facts = healthy();
  const confirm = request('step', 'confirm', '', { path: '/orders/o1/confirm', channels: ['webhook'] });
  acts(facts, confirm, 200, {});
  facts.audit = [];
  Object.assign(first(facts.orders), { version: 3 });
  Object.assign(first(facts.listed), { version: 3 });
  Object.assign(first(facts.shown), { version: 3 });
  const message = messageRow('confirmed', ORDER_CONFIRMED, row('email', 1));
  facts.messages.push(message);
  const confirmed = crashes(facts, 'request-webhooks', message);
  confirmed.messageType = ORDER_CONFIRMED;
  discards(facts, confirmed);
  return facts;
}

finds('The judge of what operators discarded', withoutInvoice, [
  [
    'an invoice that is missing although its dead letter was resolved',
    ['lost', 'lost'],
    (facts) => {
      Object.assign(first(facts.deadLetters), { status: 'resolved', history: [marked, resolved] });
    },
  ],
  [
    'an invoice that is missing because of another order',
    ['lost'],
    (facts) => {
      first(facts.deadLetters).subject = 'order/o2';
    },
  ],
]);
