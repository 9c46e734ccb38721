import type { Random } from '#test/support/harness/random.ts';
import { amountOf, type Faults } from './faults.ts';
import type { Accepted, Told } from './services.ts';

/** What may become of a message at one recipient, as SES would tell it in its order. */
const STORIES: readonly (readonly Omit<Told, 'at' | 'recipient'>[])[] = [
  [{ eventType: 'Delivery' }],
  [{ eventType: 'DeliveryDelay', type: 'MailboxFull' }, { eventType: 'Delivery' }],
  [{ eventType: 'Bounce', type: 'Permanent', subType: 'General' }],
  [{ eventType: 'Delivery' }, { eventType: 'Bounce', type: 'Permanent', subType: 'NoEmail' }],
  [{ eventType: 'Bounce', type: 'Transient', subType: 'MailboxFull' }],
  [
    { eventType: 'DeliveryDelay', type: 'TransientCommunicationFailure' },
    { eventType: 'Bounce', type: 'Transient', subType: 'General' },
  ],
  [{ eventType: 'Delivery' }, { eventType: 'Complaint' }],
];

/** What the provider tells of a message after its acceptance, with the time after which each event is in our queue. */
export function toldOf({ providerMessageId, recipients, at }: Accepted, faults: Faults): [Told, delayMs: number][] {
  const draws = faults.random(`told ${providerMessageId}`);
  // Seldom for hours, through which a run has to last.
  const longestMs = draws.chance(0.05) ? 2 * 60 * 60_000 : 10 * 60_000;
  // One whole message of many is taken and then not passed on.
  if (draws.chance(0.05)) return [[{ eventType: 'Reject', at }, draws.between(10, 60_000)]];
  return recipients
    .flatMap((recipient) => storyOf(recipient, at, draws))
    .map((told, index): [Told, number] => {
      const name = `${providerMessageId} ${index}`;
      // In any order, for each event takes its own time.
      const latestMs = faults.strikes(name, 'told-late') ? longestMs : draws.pick([1000, 60_000]);
      return [told, amountOf(faults.random(`told-late ${name}`), told.at - at, told.at - at + latestMs)];
    });
}

function storyOf(recipient: string, acceptedAt: number, draws: Random): Told[] {
  const story = draws.chance(0.6) ? (STORIES[0] as (typeof STORIES)[number]) : draws.pick(STORIES);
  let at = acceptedAt;
  return story.map((step) => {
    at += draws.between(1, 30_000);
    return { ...step, at, recipient };
  });
}

/** An event as SES publishes it; without `told`, that it accepted the message. */
export function sesEvent(
  { providerMessageId, at, tenant, notificationId, attemptNonce }: Accepted,
  told?: Told,
): string {
  const tags = { tenant: [tenant], notification: [notificationId], attempt: [attemptNonce] };
  const mail = { messageId: providerMessageId, timestamp: new Date(at).toISOString(), tags };
  return JSON.stringify({ eventType: told?.eventType ?? 'Send', mail, ...(told && detailOf(told)) });
}

function detailOf({ eventType, at, recipient = '', type, subType }: Told): object {
  const timestamp = new Date(at).toISOString();
  const addressed = [{ emailAddress: recipient }];
  switch (eventType) {
    case 'Delivery':
      return { delivery: { timestamp, recipients: [recipient] } };
    case 'Bounce':
      return { bounce: { timestamp, bounceType: type, bounceSubType: subType, bouncedRecipients: addressed } };
    case 'Complaint':
      return { complaint: { timestamp, complainedRecipients: addressed, complaintFeedbackType: 'abuse' } };
    case 'DeliveryDelay':
      return { deliveryDelay: { timestamp, delayType: type, delayedRecipients: addressed } };
    case 'Reject':
      return { reject: { reason: 'Bad content' } };
    default:
      return eventType satisfies never;
  }
}
