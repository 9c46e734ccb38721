import { randomUUID } from 'node:crypto';
import { bareAddress } from './addresses.ts';
import type { AcceptedEmail } from './ses.ts';
import type { EventType } from './settings.ts';

/** An event that follows from an accepted e-mail: when, counted from acceptance, and what SES would say. */
export type SesEvent = { type: EventType; afterMs: number; body: Record<string, unknown> };

/** Where the events come from, as their texts name it. */
export type EventSource = { region: string; accountId: string };

/** What happens to mail at each address of SES's mailbox simulator; any other address takes its mail. */
const simulator = new Map<string, EventType[]>([
  ['success', ['Delivery']],
  ['bounce', ['Bounce']],
  ['ooto', ['Delivery']],
  ['complaint', ['Delivery', 'Complaint']],
  ['suppressionlist', ['Bounce']],
]);

/** How long after acceptance each event comes: quicker than at AWS, in the same order. */
const afterMs: Record<EventType, number> = { Send: 0, Delivery: 150, Bounce: 150, Complaint: 300 };

/** The events of one accepted e-mail: one Send, then what becomes of it at each recipient. */
export function sesEvents(email: AcceptedEmail, source: EventSource): SesEvent[] {
  const mail = mailOf(email, source);
  const event = (type: EventType, recipients: string[]): SesEvent => {
    const at = new Date(Date.parse(email.entry.at) + afterMs[type]).toISOString();
    return {
      type,
      afterMs: afterMs[type],
      body: { eventType: type, mail, [type.toLowerCase()]: details(type, recipients, at) },
    };
  };
  const outcomes = email.entry.to.flatMap((recipient) => outcomesOf(recipient).map((type) => event(type, [recipient])));
  return [event('Send', email.entry.to), ...outcomes];
}

function outcomesOf(recipient: string): EventType[] {
  const [local = '', domain] = recipient.toLowerCase().split('@');
  const mailbox = local.split('+')[0] as string;
  return (domain === 'simulator.amazonses.com' ? simulator.get(mailbox) : undefined) ?? ['Delivery'];
}

function mailOf(
  { entry, configurationSet, headers, to }: AcceptedEmail,
  { region, accountId }: EventSource,
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

function details(type: EventType, recipients: string[], timestamp: string): Record<string, unknown> {
  if (type === 'Send') return {};
  if (type === 'Delivery') {
    return {
      timestamp,
      processingTimeMillis: afterMs.Delivery,
      recipients,
      smtpResponse: '250 2.6.0 Message received',
      reportingMTA: 'a1-1.smtp-out.amazonses.com',
    };
  }
  if (type === 'Complaint') {
    return {
      complainedRecipients: recipients.map((emailAddress) => ({ emailAddress })),
      timestamp,
      feedbackId: randomUUID(),
      complaintSubType: null,
      userAgent: 'Amazon SES Mailbox Simulator',
      complaintFeedbackType: 'abuse',
      arrivalDate: timestamp,
    };
  }
  const suppressed = recipients.some((recipient) => recipient.toLowerCase().startsWith('suppressionlist'));
  return {
    bounceType: 'Permanent',
    bounceSubType: suppressed ? 'Suppressed' : 'General',
    bouncedRecipients: recipients.map((emailAddress) => ({
      emailAddress,
      action: 'failed',
      status: '5.1.1',
      diagnosticCode: suppressed
        ? 'Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.'
        : 'smtp; 550 5.1.1 user unknown',
    })),
    timestamp,
    feedbackId: randomUUID(),
    reportingMTA: 'dns; amazonses.com',
  };
}
