import type { AcceptedMail } from './sendgrid.ts';
import { afterMs, eventsOfOutcome, type Outcome, outcomeAt } from './ses-events.ts';
import type { EmailEventType, SinkSettings } from './settings.ts';

/**
 * An event of an accepted message. The type is SES's name for it, so that one setting of the sink applies to both
 * providers.
 */
export type MailEvent = { type: EmailEventType; afterMs: number; body: Record<string, unknown> };

/** The event of SendGrid that corresponds to an event of SES. `rejected` and the like are decided before `processed`. */
const EVENTS: Partial<Record<EmailEventType, string>> = {
  Send: 'processed',
  Delivery: 'delivered',
  DeliveryDelay: 'deferred',
  Bounce: 'bounce',
  Complaint: 'spamreport',
};

/** Why SendGrid drops a message that it accepted. */
const DROPPED: Partial<Record<Outcome, string>> = {
  'account-suppressed': 'Bounced Address',
  rejected: 'Spam Content',
  'rendering-failed': 'Invalid SMTPAPI header',
};

/** `type` and `bounce_classification` of a bounce that is not a permanent one of the address. */
const BLOCKED: Partial<Record<Outcome, string>> = {
  'soft-bounced': 'Mailbox Unavailable',
  answered: 'Unclassified',
};

/** The events of one accepted message: for each recipient, `processed` and then the outcome, or `dropped`. */
export function sendGridEvents(mail: AcceptedMail, outcomes: SinkSettings['outcomes'] = {}): MailEvent[] {
  return mail.entry.to.flatMap((email) => {
    const outcome = outcomeAt(email, outcomes);
    const event = (type: EmailEventType, details: object): MailEvent => ({
      type,
      afterMs: afterMs[type],
      body: bodyOf(mail, email, afterMs[type], details),
    });
    const reason = DROPPED[outcome];
    if (reason !== undefined) return [event('Reject', { event: 'dropped', reason, status: '5.0.0' })];
    const types: EmailEventType[] = ['Send', ...eventsOfOutcome[outcome]];
    return types.flatMap((type) => {
      const name = outcome === 'not-spam' && type === 'Complaint' ? undefined : EVENTS[type];
      return name === undefined ? [] : [event(type, { event: name, ...detailsOf(type, outcome) })];
    });
  });
}

function detailsOf(type: EmailEventType, outcome: Outcome): object {
  if (type === 'Delivery') return { response: '250 2.6.0 Message received', ip: '192.0.2.1', tls: 1 };
  if (type === 'DeliveryDelay') return { response: '421 4.4.1 try again later', attempt: '1' };
  if (type !== 'Bounce') return {};
  const blocked = BLOCKED[outcome];
  return blocked === undefined
    ? { type: 'bounce', bounce_classification: 'Invalid Address', reason: '550 5.1.1 user unknown', status: '5.1.1' }
    : { type: 'blocked', bounce_classification: blocked, reason: '552 5.2.2 mailbox full', status: '5.2.2' };
}

function bodyOf(
  { entry, customArguments }: AcceptedMail,
  email: string,
  after: number,
  details: object,
): Record<string, unknown> {
  return {
    email,
    timestamp: Math.floor((Date.parse(entry.at) + after) / 1000),
    'smtp-id': `<${entry.id}@geopod-ismtpd-1>`,
    sg_message_id: `${entry.id}.recvd-5f54b5d587-pczjm-1-67BADEEA-6.0`,
    ...customArguments,
    ...details,
  };
}
