import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { parseTextEvent } from '#shared/adapters/aws/providers/end-user-messaging/event.ts';
import { PROVIDER_EVENTS } from '#shared/adapters/aws/providers/provider-events.ts';
import { parseSesEvent } from '#shared/adapters/aws/providers/ses/event.ts';
import { SUPPRESSES } from '#shared/feedback/recipient-feedback.ts';
import type { RecipientEventKind } from '#shared/notification/outcomes.ts';
import { PAGE, providerEventsTable, tableIn, writeTable } from '#test/support/provider-events-page.ts';

/** What must be made of a value: the outcome, and its code. `undefined`: acceptance and nothing more. */
type Expected = RecipientEventKind | [kind: RecipientEventKind, code: string] | undefined;

const AT = '2026-01-01T00:00:01.000Z';
const mail = {
  timestamp: '2026-01-01T00:00:00.000Z',
  messageId: 'm1',
  destination: ['ada@example.com'],
  tags: { tenant: ['acme'], notification: ['order_o1_1-1'], attempt: ['n1'] },
};
const recipients = [{ emailAddress: 'ada@example.com' }];

const kindAndCode = (expected: Expected): [kind?: string, code?: string] =>
  expected === undefined ? [] : typeof expected === 'string' ? [expected] : expected;

function readSes(eventType: string, details: object): { meaning: [string?, string?]; isUndocumented: boolean } {
  const read = parseSesEvent(JSON.stringify({ eventType, mail, ...details }));
  if (read.kind !== 'feedback') return { meaning: [], isUndocumented: false };
  const { deliveryEvent } = read.feedback;
  return { meaning: deliveryEvent ? codeOf(deliveryEvent) : [], isUndocumented: read.isUndocumented === true };
}

const codeOf = ({ kind, code }: { kind: string; code?: string }): [string, string?] =>
  code === undefined ? [kind] : [kind, code];

const bounce = (bounceType: string, bounceSubType: string) => ({
  bounce: { bounceType, bounceSubType, timestamp: AT, bouncedRecipients: recipients },
});
const complaint = (more: object) => ({ complaint: { timestamp: AT, complainedRecipients: recipients, ...more } });
const delay = (delayType: string) => ({ deliveryDelay: { timestamp: AT, delayType, delayedRecipients: recipients } });

/** Every value that SES's pages document. */
const DOCUMENTED: [eventType: string, details: object, expected: Expected][] = [
  ['Send', { send: {} }, undefined],
  ['Delivery', { delivery: { timestamp: AT, recipients: ['ada@example.com'] } }, 'DELIVERED'],
  ...(['General', 'NoEmail', 'Suppressed'] as const).map((sub): [string, object, Expected] => [
    'Bounce',
    bounce('Permanent', sub),
    ['BOUNCED', sub],
  ]),
  ...(
    [
      'OnAccountSuppressionList',
      'OnTenantSuppressionList',
      'EmailValidationSuppressed',
      'UnsubscribedRecipient',
    ] as const
  ).map((sub): [string, object, Expected] => ['Bounce', bounce('Permanent', sub), ['REJECTED', sub]]),
  ...(
    [
      'General',
      'MailboxFull',
      'MessageTooLarge',
      'ContentRejected',
      'AttachmentRejected',
      'CustomTimeoutExceeded',
    ] as const
  ).map((sub): [string, object, Expected] => ['Bounce', bounce('Transient', sub), ['SOFT_BOUNCED', sub]]),
  ['Bounce', bounce('Undetermined', 'Undetermined'), ['SOFT_BOUNCED', 'Undetermined']],
  ['Complaint', complaint({}), 'COMPLAINED'],
  ['Complaint', complaint({ complaintSubType: null, complaintFeedbackType: null }), 'COMPLAINED'],
  ...['abuse', 'fraud', 'other'].map((complaintFeedbackType): [string, object, Expected] => [
    'Complaint',
    complaint({ complaintSubType: null, complaintFeedbackType }),
    'COMPLAINED',
  ]),
  ['Complaint', complaint({ complaintFeedbackType: 'not-spam' }), 'NOT_SPAM'],
  ['Complaint', complaint({ complaintFeedbackType: 'auth-failure' }), ['REPORTED', 'auth-failure']],
  ['Complaint', complaint({ complaintFeedbackType: 'virus' }), ['REPORTED', 'virus']],
  ...['OnAccountSuppressionList', 'OnTenantSuppressionList'].map((complaintSubType): [string, object, Expected] => [
    'Complaint',
    complaint({ complaintSubType, complaintFeedbackType: 'abuse' }),
    ['REJECTED', complaintSubType],
  ]),
  ...[
    'InternalFailure',
    'General',
    'MailboxFull',
    'SpamDetected',
    'RecipientServerError',
    'IPFailure',
    'TransientCommunicationFailure',
    'BYOIPHostNameLookupUnavailable',
    'Undetermined',
    'SendingDeferral',
  ].map((type): [string, object, Expected] => ['DeliveryDelay', delay(type), ['DELAYED', type]]),
  ['Reject', { reject: { reason: 'Bad content' } }, 'REJECTED'],
  ['Rendering Failure', { failure: { errorMessage: 'to ada@example.com', templateName: 't' } }, 'RENDERING_FAILED'],
  ['Open', { open: { timestamp: AT } }, 'OPENED'],
  ['Click', { click: { timestamp: AT, link: 'https://shop.example/' } }, 'CLICKED'],
  ['Subscription', { subscription: { timestamp: AT } }, undefined],
];

/** Values that no page documents: recorded with a code, counted, and never a reason to suppress. */
const UNDOCUMENTED: [eventType: string, details: object, expected: Expected][] = [
  ['Bounce', bounce('Permanent', 'InventedLater'), ['UNDELIVERED', 'InventedLater']],
  ['Bounce', bounce('Permanent', 'to ada@example.com'), ['UNDELIVERED', 'UNRECOGNISED']],
  ['Bounce', bounce('Permanent', '*'), ['UNDELIVERED', 'UNRECOGNISED']],
  ['Bounce', bounce('Transient', 'InventedLater'), ['SOFT_BOUNCED', 'InventedLater']],
  ['Bounce', bounce('Undetermined', 'InventedLater'), ['SOFT_BOUNCED', 'InventedLater']],
  ['Bounce', bounce('InventedLater', 'General'), ['UNDELIVERED', 'General']],
  ['Bounce', bounce('toString', 'constructor'), ['UNDELIVERED', 'constructor']],
  ['Complaint', complaint({ complaintFeedbackType: 'invented-later' }), ['REPORTED', 'invented-later']],
  [
    'Complaint',
    complaint({ complaintSubType: 'InventedLater', complaintFeedbackType: 'abuse' }),
    ['REPORTED', 'InventedLater'],
  ],
  ['DeliveryDelay', delay('InventedLater'), ['DELAYED', 'InventedLater']],
  ['Reject', { reject: { reason: 'Bad ada@example.com' } }, ['REJECTED', 'UNRECOGNISED']],
  ['Reject', { reject: {} }, ['REJECTED', 'UNRECOGNISED']],
  ['Reject', {}, ['REJECTED', 'UNRECOGNISED']],
  ['InventedLater', {}, ['REPORTED', 'InventedLater']],
  ['toString', {}, ['REPORTED', 'toString']],
  ['of ada@example.com', {}, ['REPORTED', 'UNRECOGNISED']],
  ['*', {}, ['REPORTED', 'UNRECOGNISED']],
];

describe('events of SES', () => {
  for (const [eventType, details, expected] of DOCUMENTED) {
    it(`documented: ${eventType} ${JSON.stringify(details)} is ${expected}`, () => {
      assert.deepEqual(readSes(eventType, details), { meaning: kindAndCode(expected), isUndocumented: false });
    });
  }
  for (const [eventType, details, expected] of UNDOCUMENTED) {
    it(`not documented: ${eventType} ${JSON.stringify(details)} is ${expected}, and suppresses no one`, () => {
      const { meaning, isUndocumented } = readSes(eventType, details);
      assert.deepEqual([meaning, isUndocumented], [kindAndCode(expected), true]);
      assert.equal(SUPPRESSES[meaning[0] as RecipientEventKind], undefined);
    });
  }

  it('is in the table, each documented value and each kind of unknown one', () => {
    const rows = PROVIDER_EVENTS.filter(({ provider }) => provider === 'SES');
    const tried = new Set(DOCUMENTED.map(([eventType]) => eventType));
    assert.deepEqual([...new Set(rows.map(({ event }) => event))].sort(), [...tried, '*'].sort());
    const values = rows.filter(
      ({ event, value }) => ['Bounce', 'Complaint', 'DeliveryDelay', 'Reject'].includes(event) && !value.includes('*'),
    );
    const documented = DOCUMENTED.filter(([eventType]) =>
      ['Bounce', 'Complaint', 'DeliveryDelay', 'Reject'].includes(eventType),
    );
    // A complaint without a type comes in two ways.
    assert.equal(values.length, documented.length - 1);
  });
});

describe('events of End User Messaging', () => {
  const event = (eventType: string, isFinal: boolean | undefined) => ({
    eventType,
    isFinal,
    eventTimestamp: Date.parse(AT),
    messageRequestTimestamp: Date.parse(mail.timestamp),
    messageId: 'm1',
    destinationPhoneNumber: '+14255550156',
    context: { tenant: 'acme', notification: 'order_o1_1-1', attempt: 'n1' },
  });
  const readText = (eventType: string, isFinal?: boolean) => {
    const read = parseTextEvent(JSON.stringify(event(eventType, isFinal)));
    if (read.kind !== 'feedback') return assert.fail(`${eventType} is no feedback`);
    const { deliveryEvent } = read.feedback;
    assert.deepEqual(deliveryEvent?.affected ?? { addresses: ['+14255550156'] }, { addresses: ['+14255550156'] });
    return { meaning: deliveryEvent ? codeOf(deliveryEvent) : [], isUndocumented: read.isUndocumented === true };
  };
  const undelivered = (code: string): Expected => ['UNDELIVERED', code];
  /** Each type with the meaning of its last event. */
  const LAST: Record<string, Expected> = {
    TEXT_SENT: undefined,
    TEXT_PENDING: undefined,
    TEXT_QUEUED: undefined,
    TEXT_SUCCESSFUL: 'DELIVERED',
    TEXT_DELIVERED: 'DELIVERED',
    TEXT_INVALID: ['BOUNCED', 'INVALID'],
    TEXT_INVALID_MESSAGE: undelivered('INVALID_MESSAGE'),
    TEXT_UNREACHABLE: undelivered('UNREACHABLE'),
    TEXT_CARRIER_UNREACHABLE: undelivered('CARRIER_UNREACHABLE'),
    TEXT_BLOCKED: undelivered('BLOCKED'),
    TEXT_CARRIER_BLOCKED: undelivered('CARRIER_BLOCKED'),
    TEXT_SPAM: undelivered('SPAM'),
    TEXT_UNKNOWN: ['UNCONFIRMED', 'UNKNOWN'],
    TEXT_TTL_EXPIRED: undelivered('TTL_EXPIRED'),
    TEXT_PROTECT_BLOCKED: undelivered('PROTECT_BLOCKED'),
  };

  it('is of these types, which are those of the SDK', () => {
    const types = Object.values(EventType).filter((type) => type.startsWith('TEXT_') && type !== 'TEXT_ALL');
    assert.deepEqual(Object.keys(LAST).sort(), types.sort());
  });

  for (const [eventType, expected] of Object.entries(LAST)) {
    it(`documented: ${eventType}, where it is the last, is ${expected}`, () => {
      assert.deepEqual(readText(eventType, true), { meaning: kindAndCode(expected), isUndocumented: false });
    });
    it(`documented: ${eventType}, if it is not the last, reports ${eventType === 'TEXT_DELIVERED' ? 'the same' : 'nothing yet'}`, () => {
      const meaning = eventType === 'TEXT_DELIVERED' ? ['DELIVERED'] : [];
      for (const isFinal of [false, undefined])
        assert.deepEqual(readText(eventType, isFinal), { meaning, isUndocumented: false });
    });
  }

  it('and no page documents is recorded, and suppresses no one', () => {
    assert.deepEqual(readText('TEXT_INVENTED', true), { meaning: ['UNCONFIRMED', 'INVENTED'], isUndocumented: true });
    assert.deepEqual(readText('TEXT_INVENTED', false), { meaning: ['REPORTED', 'INVENTED'], isUndocumented: true });
    assert.deepEqual(readText('TEXT_to +14255550156', true), {
      meaning: ['UNCONFIRMED', 'UNRECOGNISED'],
      isUndocumented: true,
    });
  });
});

describe('the page of provider events', () => {
  it('shows the table that the code uses', () => {
    if (process.env.UPDATE_APPROVED === '1') writeTable();
    assert.equal(
      tableIn(PAGE),
      providerEventsTable(),
      'Write it with UPDATE_APPROVED=1 node --test test/unit/adapters/provider-events.test.ts',
    );
  });
});
