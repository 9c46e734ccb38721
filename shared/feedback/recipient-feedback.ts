import { isDeepStrictEqual } from 'node:util';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { ContactChannel } from '#shared/names.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import type { AnnouncedOutcome, Notification } from '#shared/notification/notification.ts';
import { announceable, type RecipientEventKind } from '#shared/notification/outcomes.ts';
import type { NotificationKey, OutcomeStore, RecordedOutcomes } from '#shared/notification/ports.ts';
import { executeTransition } from '#shared/once/transition.ts';
import type { RecipientKey } from '#shared/recipient/recipient-key.ts';
import { PROBE_ID } from '#shared/settlement/feed.ts';
import type { SuppressionReason, SuppressionStore } from '#shared/suppression/ports.ts';
import { type Acceptance, applyAcceptance, type FeedbackPorts, type FeedbackReport } from './acceptance.ts';

/** The recipients that an event is about, as its provider reports them. */
export type AffectedRecipients =
  /** Personal data that is not stored. `sentTo`: the addresses the provider sent the message to, if it reports them. */
  | { addresses: readonly string[]; sentTo?: readonly string[] }
  /** The recipients' keys. They come from a scrubbed event, which was kept as a dead letter. */
  | { recipients: readonly string[]; sentTo?: readonly string[] }
  /** The message as a whole, so all recipients that it was sent to. */
  | 'all'
  /** One of the recipients; the provider does not report which one. */
  | 'one';

/** What a provider reports about recipients of a message that it accepted. */
export type DeliveryEvent = {
  kind: RecipientEventKind /** ISO 8601 in UTC with milliseconds. */;
  at: string;
  code?: string;
  affected: AffectedRecipients;
};

/** An event of a provider. Each event is evidence of acceptance, whatever else it reports. */
export type Feedback = {
  channel: ContactChannel;
  acceptance: Acceptance;
  /** Absent: the event reports only the acceptance. */
  deliveryEvent?: DeliveryEvent;
};

export type RecipientFeedbackPorts = Omit<FeedbackPorts, 'feed' | 'feedStepMs'> & {
  outcomes: OutcomeStore;
  suppressions: SuppressionStore;
  recipientKey: () => Promise<RecipientKey>;
};

/** `unattributed`: recorded for the message, because the event does not show which of its recipients it is about. */
export type RecipientFeedbackReport = FeedbackReport | 'unattributed';

/** Kinds of events that suppress a recipient, with the reason. All other kinds suppress none. */
export const SUPPRESSES: Partial<Record<RecipientEventKind, SuppressionReason>> = {
  BOUNCED: 'BOUNCE',
  COMPLAINED: 'COMPLAINT',
};

/**
 * Records what a provider reported about recipients. It writes the suppression, if the kind of event has one. It writes
 * once to the outcomes row. If the message as a whole is delivered, bounced, complained about or rejected for the first
 * time, it executes the command that announces this. Each step can be repeated, in any order of events.
 *
 * The suppression comes first, because it needs only the event: the tags contain the tenant, and the event contains the
 * address. A recipient who complained must receive no more messages, even if the message's row is missing or cannot be
 * read.
 */
export async function recordDeliveryEvent(
  { acceptance, channel }: Feedback,
  deliveryEvent: DeliveryEvent,
  ports: RecipientFeedbackPorts,
): Promise<RecipientFeedbackReport> {
  if (acceptance.notificationId === PROBE_ID) return 'probe';
  const named = await namedBy(deliveryEvent.affected, { acceptance, channel }, ports);
  const suppress = suppressor({ acceptance, channel, deliveryEvent }, ports);
  for (const recipient of provenBy(named)) await suppress(recipient);
  // An event about recipients proves that the message was accepted. The event of the acceptance may come later.
  const applied = await applyAcceptance(acceptance, ports);
  if (!('stored' in applied)) return applied.report;
  const { key, stored, report } = applied;
  const notification = stored.state;
  const writtenTo = writtenToBy(acceptance.attemptNonce, notification);
  const affected = affectedBy(deliveryEvent.affected, named.recipients, {
    notification,
    attemptNonce: acceptance.attemptNonce,
    writtenTo,
  });
  const { kind, at, code } = deliveryEvent;
  const recorded = await ports.outcomes.recordOutcomes(
    key,
    affected.map(({ position }) => ({
      ...(position !== undefined && { position }),
      kind,
      at,
      ...(code !== undefined && { code }),
    })),
  );
  for (const { recipient } of affected) if (recipient !== undefined) await suppress(recipient);
  const known = report === 'known' ? stored : undefined;
  await announceOutcomes(
    newOutcomes(recorded, writtenTo, notification),
    { key, acceptance, known, notification },
    ports,
  );
  if (isDeepStrictEqual(recorded.before, recorded.after)) return 'known';
  return isUnattributed(deliveryEvent.affected, affected) ? 'unattributed' : 'recorded';
}

/** Suppresses each recipient once, because of the reported event. Does nothing if its kind does not suppress. */
function suppressor(
  { acceptance, channel, deliveryEvent }: Omit<Feedback, 'deliveryEvent'> & { deliveryEvent: DeliveryEvent },
  { suppressions }: RecipientFeedbackPorts,
): (recipient: string) => Promise<void> {
  const reason = SUPPRESSES[deliveryEvent.kind];
  const done = new Set<string>();
  return async (recipient) => {
    if (!reason || done.has(recipient)) return;
    const { tenant, notificationId: origin } = acceptance;
    await suppressions.suppress(tenant, { recipient, channel, reason, origin, since: deliveryEvent.at });
    done.add(recipient);
  };
}

/** Positions of the recipients of accepted attempts. The attempt that the event is about counts as accepted. */
function writtenToBy(attemptNonce: string, { attempts, recipients }: Notification): number[] {
  const positions = Array.from({ length: recipients?.length ?? 1 }, (_, position) => position);
  const accepted = attempts.filter(({ nonce, outcome }) => outcome === 'accepted' || nonce === attemptNonce);
  return positions.filter(
    (position) => accepted.length === 0 || accepted.some(({ leftOut }) => !leftOut?.includes(position)),
  );
}

/** Keys of the recipients in an event, and of those that the message was sent to, if the event reports them. */
type Named = { recipients: readonly string[]; sentTo?: readonly string[] };

/** The secret is read only for an address. */
async function namedBy(
  affected: AffectedRecipients,
  { acceptance: { tenant }, channel }: Omit<Feedback, 'deliveryEvent'>,
  ports: RecipientFeedbackPorts,
): Promise<Named> {
  if (typeof affected === 'string') return { recipients: [] };
  if ('recipients' in affected) return affected;
  const keyOf = await ports.recipientKey();
  // An event may have an empty address, which identifies no recipient.
  const keysOf = (addresses: readonly string[]): string[] =>
    addresses.filter((address) => address.trim() !== '').map((address) => keyOf(tenant, channel, address));
  return { recipients: keysOf(affected.addresses), ...(affected.sentTo && { sentTo: keysOf(affected.sentTo) }) };
}

/**
 * The recipients that the event alone proves: those that the message was also sent to, or the only one that it was sent
 * to. An attacker can write any address into a bounce report, and must not be able to suppress its owner.
 */
function provenBy({ recipients, sentTo }: Named): readonly string[] {
  if (!sentTo) return recipients;
  const found = recipients.filter((recipient) => sentTo.includes(recipient));
  return found.length === 0 && sentTo.length === 1 ? sentTo : found;
}

type AffectedRecipient = { position?: number; recipient?: string | undefined };
type WrittenTo = { notification: Notification; attemptNonce: string; writtenTo: readonly number[] };

/** The recipients that an event is about. An entry without a position is one of them, but it is not known which. */
function affectedBy(reported: AffectedRecipients, named: readonly string[], sent: WrittenTo): AffectedRecipient[] {
  const { recipients } = sent.notification;
  const at = (position: number): AffectedRecipient => ({ position, recipient: recipients?.[position] });
  if (reported === 'all') return sent.writtenTo.map(at);
  if (reported === 'one') return [placeOf(onlyOf(sent.writtenTo), at)];
  // Before notifications kept the keys of their recipients, each had one.
  if (!recipients) return [{ position: 0, recipient: named[0] }];
  const found = recipients.flatMap((recipient, position) => (named.includes(recipient) ? [position] : []));
  const isComplete = named.length > 0 && named.every((recipient) => recipients.includes(recipient));
  if (isComplete) return found.map(at);
  return [...found.map(at), ...attributed(found, sent).map((position) => placeOf(position, at))];
}

const placeOf = (position: number | undefined, at: (position: number) => AffectedRecipient): AffectedRecipient =>
  position === undefined ? {} : at(position);

/** The position if there is exactly one; undefined if there are several, or none. */
const onlyOf = (positions: readonly number[]): number | undefined =>
  positions.length === 1 ? positions[0] : undefined;

/**
 * Attributes an address that the notification does not contain. A bounce reports the Final-Recipient. After a forward,
 * that is not the address that we sent to. If this attempt was sent to one recipient, the event is about that one. If
 * it was sent to several, the event is about one of them, and it is not known which.
 */
function attributed(
  found: readonly number[],
  { notification: { attempts, recipients = [] }, attemptNonce }: WrittenTo,
): (number | undefined)[] {
  const leftOut = attempts.find(({ nonce }) => nonce === attemptNonce)?.leftOut ?? [];
  const only = onlyOf([...recipients.keys()].filter((position) => !leftOut.includes(position)));
  return only !== undefined && found.includes(only) ? [] : [only];
}

const isUnattributed = (reported: AffectedRecipients, affected: readonly AffectedRecipient[]): boolean =>
  typeof reported !== 'string' && affected.some(({ position }) => position === undefined);

/**
 * The outcomes of the message that exist since this event, so that of fifty concurrent events only one announces an
 * outcome. If the event was recorded before, it may have failed before announcing. So its repetition considers all
 * outcomes.
 */
function newOutcomes(
  { before, after }: RecordedOutcomes,
  writtenTo: readonly number[],
  { outcomes = [] }: Notification,
): AnnouncedOutcome[] {
  const announcedBefore = isDeepStrictEqual(before, after) ? [] : announceable(before, writtenTo);
  return announceable(after, writtenTo).filter(
    (outcome) => !announcedBefore.includes(outcome) && !outcomes.includes(outcome),
  );
}

async function announceOutcomes(
  outcomes: readonly AnnouncedOutcome[],
  {
    key,
    acceptance,
    known,
    notification,
  }: {
    key: NotificationKey;
    acceptance: Acceptance;
    known: StoredState<Notification> | undefined;
    notification: Notification;
  },
  ports: RecipientFeedbackPorts,
): Promise<void> {
  for (const [index, outcome] of outcomes.entries()) {
    await executeTransition(
      {
        decider: notificationDecider,
        key,
        command: { type: 'RecordOutcome', outcome },
        // The first command has changed the row, so later ones have to read it.
        ...(index === 0 && known && { assume: known }),
      },
      {
        subscriber: ports.subscriber,
        transitionId: `${key.notificationId}#outcome#${outcome}`,
        fingerprint: outcome,
        metadata: { correlationId: notification.correlationId, causationId: acceptance.providerMessageId },
      },
      ports,
    );
  }
}
