import { randomUUID } from 'node:crypto';
import { bareAddress } from '../aws/addresses.ts';
import type { Scope } from '../aws/services.ts';
import type { AcceptedEmail } from './ses.ts';
import { type EmailEventType, type EmailOutcome, type SinkSettings, settingFor } from './settings.ts';

/** An event of an accepted e-mail: its time, counted from acceptance, and its body as SES would write it. */
export type SesEvent = { type: EmailEventType; afterMs: number; body: Record<string, unknown> };

/** The outcome at each address of SES's mailbox simulator. Any other address accepts its mail. */
const simulator = new Map<string, EmailOutcome | 'answered' | 'suppressed'>([
  ['success', 'delivered'],
  ['bounce', 'bounced'],
  // Out of office: the mail is delivered, and the automatic reply is reported as a transient bounce.
  ['ooto', 'answered'],
  ['complaint', 'complained'],
  ['suppressionlist', 'suppressed'],
]);

/** The events that SES sends for each outcome, in this order. */
export const eventsOfOutcome: Record<EmailOutcome | 'answered' | 'suppressed', EmailEventType[]> = {
  delivered: ['Delivery'],
  bounced: ['Bounce'],
  'soft-bounced': ['DeliveryDelay', 'Bounce'],
  delayed: ['DeliveryDelay', 'Delivery'],
  complained: ['Delivery', 'Complaint'],
  // The mailbox accepts the mail, and the address that it forwards to does not.
  'forward-bounced': ['Delivery', 'Bounce'],
  'not-spam': ['Delivery', 'Complaint'],
  'account-suppressed': ['Complaint'],
  opened: ['Delivery', 'Open'],
  clicked: ['Delivery', 'Open', 'Click'],
  answered: ['Delivery', 'Bounce'],
  suppressed: ['Bounce'],
  rejected: ['Reject'],
  'rendering-failed': ['Rendering Failure'],
};
export type Outcome = keyof typeof eventsOfOutcome;

/** Delay of each event after acceptance: shorter than at AWS, in the same order. */
export const afterMs: Record<EmailEventType, number> = {
  Send: 0,
  Reject: 50,
  'Rendering Failure': 50,
  DeliveryDelay: 100,
  Delivery: 150,
  Bounce: 200,
  Complaint: 300,
  Open: 400,
  Click: 500,
};

/** The field with the details of an event, where it is not the type in lower case. */
const detailsName: Partial<Record<EmailEventType, string>> = {
  DeliveryDelay: 'deliveryDelay',
  'Rendering Failure': 'failure',
};

/**
 * The events of one accepted e-mail: one Send, then the outcome at each recipient.
 * @param outcomes the outcomes in the settings, by the end of the address.
 */
export function sesEvents(email: AcceptedEmail, source: Scope, outcomes: SinkSettings['outcomes'] = {}): SesEvent[] {
  const mail = mailOf(email, source);
  const event = (type: EmailEventType, recipients: string[], outcome: Outcome): SesEvent => {
    const at = new Date(Date.parse(email.entry.at) + afterMs[type]).toISOString();
    return {
      type,
      afterMs: afterMs[type],
      body: {
        eventType: type,
        mail,
        [detailsName[type] ?? type.toLowerCase()]: details(type, recipients, at, outcome),
      },
    };
  };
  const found = email.entry.to.map((recipient) => ({ recipient, outcome: outcomeAt(recipient, outcomes) }));
  const send = event('Send', email.entry.to, 'delivered');
  // SES decides this before it sends to any recipient.
  if (found.some(({ outcome }) => outcome === 'rendering-failed'))
    return [event('Rendering Failure', [], 'rendering-failed')];
  if (found.some(({ outcome }) => outcome === 'rejected')) return [send, event('Reject', [], 'rejected')];
  return [
    send,
    ...found.flatMap(({ recipient, outcome }) =>
      eventsOfOutcome[outcome].map((type) => event(type, [recipient], outcome)),
    ),
  ];
}

/** The outcome at an address, by the settings or as an address of the simulator. */
export function outcomeAt(recipient: string, outcomes: SinkSettings['outcomes']): Outcome {
  const [local = '', domain] = recipient.toLowerCase().split('@');
  const [mailbox = ''] = local.split('+');
  const simulated = domain === 'simulator.amazonses.com' ? simulator.get(mailbox) : undefined;
  return settingFor(recipient, outcomes) ?? simulated ?? 'delivered';
}

function mailOf(
  { entry, configurationSet, headers, to }: AcceptedEmail,
  { region, accountId }: Scope,
): Record<string, unknown> {
  const from = bareAddress(entry.from);
  const tags = Object.fromEntries(Object.entries(entry.tags).map(([name, value]) => [name, [value]]));
  return {
    timestamp: entry.at,
    source: entry.from,
    sourceArn: `arn:aws:ses:${region}:${accountId}:identity/${from.split('@')[1]}`,
    sendingAccountId: accountId,
    messageId: entry.id,
    destination: entry.to,
    headersTruncated: false,
    headers: [
      { name: 'From', value: entry.from },
      { name: 'To', value: to.join(', ') },
      { name: 'Subject', value: entry.subject },
      { name: 'MIME-Version', value: '1.0' },
      ...headers,
    ],
    commonHeaders: { from: [entry.from], to, messageId: entry.id, subject: entry.subject },
    tags: {
      'ses:source-tls-version': ['TLSv1.3'],
      'ses:operation': ['SendEmail'],
      ...(configurationSet !== undefined && { 'ses:configuration-set': [configurationSet] }),
      'ses:source-ip': ['127.0.0.1'],
      'ses:from-domain': [from.split('@')[1]],
      'ses:caller-identity': ['counterfoil-local'],
      ...tags,
    },
  };
}

function details(
  type: EmailEventType,
  recipients: string[],
  timestamp: string,
  outcome: Outcome,
): Record<string, unknown> {
  const bounced = recipients.map((emailAddress) => ({ emailAddress }));
  switch (type) {
    case 'Send':
      return {};
    case 'Delivery':
      return {
        timestamp,
        processingTimeMillis: afterMs.Delivery,
        recipients,
        smtpResponse: '250 2.6.0 Message received',
        reportingMTA: 'a1-1.smtp-out.amazonses.com',
      };
    case 'Complaint':
      return {
        complainedRecipients: bounced,
        timestamp,
        feedbackId: randomUUID(),
        ...complaintKind(outcome, timestamp),
      };
    case 'DeliveryDelay':
      return {
        timestamp,
        delayType: outcome === 'soft-bounced' ? 'MailboxFull' : 'TransientCommunicationFailure',
        expirationTime: new Date(Date.parse(timestamp) + 14 * 3_600_000).toISOString(),
        delayedRecipients: recipients.map((emailAddress) => ({
          emailAddress,
          status: '4.4.1',
          diagnosticCode: 'smtp; 421 4.4.1 Unable to connect to remote host',
        })),
      };
    case 'Reject':
      return { reason: 'Bad content' };
    case 'Rendering Failure':
      return { errorMessage: "Attribute 'name' is not present in the rendering data.", templateName: 'template' };
    case 'Open':
      return { ipAddress: '192.0.2.1', timestamp, userAgent: 'Mozilla/5.0' };
    case 'Click':
      return {
        ipAddress: '192.0.2.1',
        link: 'https://shop.example/',
        linkTags: null,
        timestamp,
        userAgent: 'Mozilla/5.0',
      };
    case 'Bounce':
      return bounceDetails(recipients, timestamp, outcome);
    default:
      return type satisfies never;
  }
}

/** Without a feedback report, an event has none of the report's fields. */
function complaintKind(outcome: Outcome, arrivalDate: string): Record<string, unknown> {
  if (outcome === 'account-suppressed') return { complaintSubType: 'OnAccountSuppressionList' };
  return {
    complaintSubType: null,
    userAgent: 'Amazon SES Mailbox Simulator',
    complaintFeedbackType: outcome === 'not-spam' ? 'not-spam' : 'abuse',
    arrivalDate,
  };
}

/** The address that a mailbox forwards to, as a bounce report writes it. */
const forwardOf = (address: string): string => `rfc822;forward-of-${address.split('@')[0]}@forward.example`;

function bounceDetails(recipients: string[], timestamp: string, outcome: Outcome): Record<string, unknown> {
  const feedback = { timestamp, feedbackId: randomUUID(), reportingMTA: 'dns; amazonses.com' };
  // The simulator's out-of-office answer has no delivery status.
  if (outcome === 'answered') {
    const bouncedRecipients = recipients.map((emailAddress) => ({ emailAddress }));
    return { bounceType: 'Transient', bounceSubType: 'General', bouncedRecipients, ...feedback };
  }
  const [bounceType, bounceSubType, status, diagnosticCode] = BOUNCES[outcome] ?? BOUNCES.bounced ?? [];
  const named = outcome === 'forward-bounced' ? recipients.map(forwardOf) : recipients;
  return {
    bounceType,
    bounceSubType,
    bouncedRecipients: named.map((emailAddress) => ({ emailAddress, action: 'failed', status, diagnosticCode })),
    ...feedback,
  };
}

const SUPPRESSED_BY_SES =
  'Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.';

/** Type, subtype, status and the answer of the receiving server. */
const BOUNCES: Partial<Record<Outcome, [type: string, subType: string, status: string, diagnosticCode: string]>> = {
  bounced: ['Permanent', 'General', '5.1.1', 'smtp; 550 5.1.1 user unknown'],
  suppressed: ['Permanent', 'Suppressed', '5.1.1', SUPPRESSED_BY_SES],
  'soft-bounced': ['Transient', 'MailboxFull', '5.2.2', 'smtp; 552 5.2.2 mailbox full'],
};
