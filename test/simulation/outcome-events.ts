import type { Random } from '#test/support/harness/random.ts';
import { amountOf, type Faults } from './faults.ts';
import type { Accepted, OutcomeEvent } from './services.ts';

/** Possible outcomes of a message at one recipient: the events of SES, in order. */
const STORIES: readonly (readonly Omit<OutcomeEvent, 'at' | 'recipient'>[])[] = [
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

/** The events about a message after its acceptance, with the delay after which each is in our queue. */
export function outcomeEventsOf(
  { providerMessageId, recipients, at }: Accepted,
  faults: Faults,
): [OutcomeEvent, delayMs: number][] {
  const draws = faults.random(`told ${providerMessageId}`);
  // A delay of hours is rare, because a run has to last as long.
  const longestMs = draws.chance(0.05) ? 2 * 60 * 60_000 : 10 * 60_000;
  // A few messages are accepted and then rejected as a whole.
  if (draws.chance(0.05)) return [[{ eventType: 'Reject', at }, draws.between(10, 60_000)]];
  return recipients
    .flatMap((recipient) => storyOf(recipient, at, draws))
    .map((event, index): [OutcomeEvent, number] => {
      const name = `${providerMessageId} ${index}`;
      // Each event has its own delay, so the order is arbitrary.
      const latestMs = faults.strikes(name, 'told-late') ? longestMs : draws.pick([1000, 60_000]);
      return [event, amountOf(faults.random(`told-late ${name}`), event.at - at, event.at - at + latestMs)];
    });
}

function storyOf(recipient: string, acceptedAt: number, draws: Random): OutcomeEvent[] {
  const story = draws.chance(0.6) ? (STORIES[0] as (typeof STORIES)[number]) : draws.pick(STORIES);
  let at = acceptedAt;
  return story.map((step) => {
    at += draws.between(1, 30_000);
    return { ...step, at, recipient };
  });
}

/** An event as SES publishes it; without `outcome`, its Send event. */
export function sesEvent(
  { providerMessageId, at, tenant, notificationId, attemptNonce }: Accepted,
  outcome?: OutcomeEvent,
): string {
  const tags = { tenant: [tenant], notification: [notificationId], attempt: [attemptNonce] };
  const mail = { messageId: providerMessageId, timestamp: new Date(at).toISOString(), tags };
  return JSON.stringify({ eventType: outcome?.eventType ?? 'Send', mail, ...(outcome && detailOf(outcome)) });
}

function detailOf({ eventType, at, recipient = '', type, subType }: OutcomeEvent): object {
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
