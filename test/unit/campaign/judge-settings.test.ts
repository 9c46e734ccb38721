import type { Facts } from '#test/faults/campaign/facts.ts';
import { AT, answer, become, command, finds, first, healthy, request, row, sent, withNotifications } from './facts.ts';

/** Times long before the order. */
const EARLY = '2026-01-01T11:00:00.000Z';
const BEFORE = '2026-01-01T11:30:00.000Z';
const AFTER = '2026-01-01T13:00:00.000Z';

function changed(facts: Facts, version: number, changedAt: string, events: Record<string, string[]> = {}): void {
  const settings = request('settings', `look ${version}`, '', {
    method: 'PUT',
    orderId: 'settings',
    path: '/settings',
    body: { brand: { name: `Look ${version} of acme` }, events },
    channels: [],
  });
  const stored = JSON.stringify({ version, changedAt });
  facts.requests.push(settings);
  facts.answers.push({ ...answer(settings, 200, stored), at: Date.parse(changedAt) });
  facts.commands.push(command(settings, true, stored));
}

const show = (facts: Facts, look: number): void => {
  for (const one of [...facts.emails, ...facts.texts]) one.body = `Look ${look} of acme: order o1 is placed`;
};
const requestedWith = (facts: Facts, settings: number): void => {
  for (const one of facts.notifications) one.settings = settings;
};

/** An order that was placed under the second of three versions of the settings. */
function underSettings(): Facts {
  const facts = healthy();
  changed(facts, 1, EARLY);
  changed(facts, 2, BEFORE);
  changed(facts, 3, AFTER);
  requestedWith(facts, 2);
  show(facts, 2);
  return facts;
}

finds('The judge of settings', underSettings, [
  [
    'messages that were requested with settings of long ago',
    ['diverging', 'diverging'],
    (facts) => {
      requestedWith(facts, 1);
      show(facts, 1);
    },
  ],
  [
    'messages that were requested with settings that did not exist yet',
    ['diverging', 'diverging'],
    (facts) => {
      requestedWith(facts, 3);
      show(facts, 3);
    },
  ],
  [
    'a message that was requested without settings',
    ['diverging'],
    (facts) => {
      delete first(facts.notifications).settings;
    },
  ],
  [
    'an e-mail that does not show its settings',
    ['diverging'],
    (facts) => {
      first(facts.emails).body = 'Look 1 of acme: order o1 is placed';
    },
  ],
  [
    'a version of the settings that is missing',
    ['diverging', 'diverging'],
    (facts) => {
      const isFirst = ({ key }: { key: string }): boolean => key === 'look 1';
      facts.answers = facts.answers.filter(({ request }) => !isFirst(request));
      facts.requests = facts.requests.filter((one) => !isFirst(one));
      facts.commands = facts.commands.filter(({ answer }) => !answer.includes(EARLY));
    },
  ],
]);

/** The tenant wants no text messages when the order is placed. */
function withoutTexts(): Facts {
  const facts = healthy();
  changed(facts, 1, EARLY, { OrderPlaced: ['email'] });
  Object.assign(facts, withNotifications(facts, facts.notifications.slice(0, 1)));
  facts.texts = [];
  requestedWith(facts, 1);
  show(facts, 1);
  return facts;
}

finds('The judge of messages that are off', withoutTexts, [
  [
    'a text message that the settings have off',
    ['phantom', 'phantom'],
    (facts) => {
      const rows = [...facts.notifications, row('sms', 2)];
      Object.assign(facts, withNotifications(facts, rows));
      facts.texts = healthy().texts;
      requestedWith(facts, 1);
      show(facts, 1);
    },
  ],
]);

/** The order was placed a moment after the settings had switched text messages off: either is right. */
function besideChange(): Facts {
  const facts = withoutTexts();
  changed(facts, 2, AT);
  return facts;
}

finds('The judge of a message beside a change of the settings', besideChange, [
  [
    'no e-mail, which was on in both versions',
    ['lost'],
    (facts) => {
      Object.assign(facts, withNotifications(facts, []));
      facts.emails = [];
      facts.observed = [];
      facts.counted = [];
    },
  ],
  [
    'an e-mail that is not in the inbox',
    ['diverging', 'lost'],
    (facts) => {
      become(facts, 0, sent('email', 'email-message'));
      facts.emails = [];
    },
  ],
]);
