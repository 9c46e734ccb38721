import { isDeepStrictEqual } from 'node:util';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Channel } from '#shared/names.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import type { AnnouncedOutcome, Notification } from '#shared/notification/notification.ts';
import { announceable, type RecipientEventKind } from '#shared/notification/outcomes.ts';
import type { NotificationKey, OutcomeStore, RecordedOutcomes } from '#shared/notification/ports.ts';
import { executeTransition } from '#shared/once/transition.ts';
import type { RecipientKey } from '#shared/recipient/recipient-key.ts';
import { PROBE_ID } from '#shared/settlement/feed.ts';
import type { SuppressionReason, SuppressionStore } from '#shared/suppression/ports.ts';
import { type Acceptance, believeAcceptance, type FeedbackPorts, type FeedbackReport } from './acceptance.ts';

/** The recipients that an event is about, as its provider reports them. */
export type Whom =
  /** Personal data that is not stored. `sentTo`: the addresses the provider sent the message to, if it reports them. */
  | { addresses: readonly string[]; sentTo?: readonly string[] }
  /** The recipients' keys. They come from a scrubbed event, which was kept as a dead letter. */
  | { recipients: readonly string[]; sentTo?: readonly string[] }
  /** The message as a whole, so all recipients that it was sent to. */
  | 'everybody'
  /** One of the recipients; the provider does not report which one. */
  | 'somebody';

/** What a provider reports about recipients of a message that it accepted. */
export type Told = {
  kind: RecipientEventKind /** ISO 8601 in UTC with milliseconds. */;
  at: string;
  code?: string;
  whom: Whom;
};

/** An event of a provider. Each event is evidence of acceptance, whatever else it reports. */
export type Feedback = {
  channel: Channel;
  acceptance: Acceptance;
  /** Absent: the event reports only the acceptance. */
  told?: Told;
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
export async function recordTold(
  { acceptance, channel }: Feedback,
  told: Told,
  ports: RecipientFeedbackPorts,
): Promise<RecipientFeedbackReport> {
  if (acceptance.notificationId === PROBE_ID) return 'probe';
  const named = await namedBy(told.whom, { acceptance, channel }, ports);
  const suppress = suppressor({ acceptance, channel, told }, ports);
  for (const recipient of provenBy(named)) await suppress(recipient);
  // An event about recipients proves that the message was accepted. The event of the acceptance may come later.
  const believed = await believeAcceptance(acceptance, ports);
  if (!('stored' in believed)) return believed.report;
  const { key, stored, report } = believed;
  const notification = stored.state as Notification;
  const writtenTo = writtenToBy(acceptance.attemptNonce, notification);
  const concerned = concernedBy(told.whom, named.recipients, {
    notification,
    attemptNonce: acceptance.attemptNonce,
    writtenTo,
  });
  const { kind, at, code } = told;
  const recorded = await ports.outcomes.recordOutcomes(
    key,
    concerned.map(({ position }) => ({
      ...(position !== undefined && { position }),
      kind,
      at,
      ...(code !== undefined && { code }),
    })),
  );
  for (const { recipient } of concerned) if (recipient !== undefined) await suppress(recipient);
  const known = report === 'known' ? stored : undefined;
  await announceNews(newsOf(recorded, writtenTo, notification), { key, acceptance, known, notification }, ports);
  if (isDeepStrictEqual(recorded.before, recorded.after)) return 'known';
  return isUnattributed(told.whom, concerned) ? 'unattributed' : 'recorded';
}

/** Suppresses each recipient once, because of the reported event. Does nothing if its kind does not suppress. */
function suppressor(
  { acceptance, channel, told }: Omit<Feedback, 'told'> & { told: Told },
  { suppressions }: RecipientFeedbackPorts,
): (recipient: string) => Promise<void> {
  const reason = SUPPRESSES[told.kind];
  const done = new Set<string>();
  return async (recipient) => {
    if (!reason || done.has(recipient)) return;
    const { tenant, notificationId: origin } = acceptance;
    await suppressions.suppress(tenant, { recipient, channel, reason, origin, since: told.at });
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
  whom: Whom,
  { acceptance: { tenant }, channel }: Omit<Feedback, 'told'>,
  ports: RecipientFeedbackPorts,
): Promise<Named> {
  if (typeof whom === 'string') return { recipients: [] };
  if ('recipients' in whom) return whom;
  const keyOf = await ports.recipientKey();
  // An event may have an empty address, which identifies no recipient.
  const keysOf = (addresses: readonly string[]): string[] =>
    addresses.filter((address) => address.trim() !== '').map((address) => keyOf(tenant, channel, address));
  return { recipients: keysOf(whom.addresses), ...(whom.sentTo && { sentTo: keysOf(whom.sentTo) }) };
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

type Concerned = { position?: number; recipient?: string | undefined };
type WrittenTo = { notification: Notification; attemptNonce: string; writtenTo: readonly number[] };

/** The recipients that an event is about. An entry without a position is one of them, but it is not known which. */
function concernedBy(whom: Whom, named: readonly string[], sent: WrittenTo): Concerned[] {
  const { recipients } = sent.notification;
  const at = (position: number): Concerned => ({ position, recipient: recipients?.[position] });
  if (whom === 'everybody') return sent.writtenTo.map(at);
  if (whom === 'somebody') return [placeOf(onlyOf(sent.writtenTo), at)];
  // Before notifications kept the keys of their recipients, each had one.
  if (!recipients) return [{ position: 0, recipient: named[0] }];
  const found = recipients.flatMap((recipient, position) => (named.includes(recipient) ? [position] : []));
  const isComplete = named.length > 0 && named.every((recipient) => recipients.includes(recipient));
  if (isComplete) return found.map(at);
  return [...found.map(at), ...attributed(found, sent).map((position) => placeOf(position, at))];
}

const placeOf = (position: number | undefined, at: (position: number) => Concerned): Concerned =>
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

const isUnattributed = (whom: Whom, concerned: readonly Concerned[]): boolean =>
  typeof whom !== 'string' && concerned.some(({ position }) => position === undefined);

/**
 * The outcomes of the message that exist since this event, so that of fifty concurrent events only one announces an
 * outcome. If the event was recorded before, it may have failed before announcing. So its repetition considers all
 * outcomes.
 */
function newsOf(
  { before, after }: RecordedOutcomes,
  writtenTo: readonly number[],
  { outcomes = [] }: Notification,
): AnnouncedOutcome[] {
  const saidBefore = isDeepStrictEqual(before, after) ? [] : announceable(before, writtenTo);
  return announceable(after, writtenTo).filter(
    (outcome) => !saidBefore.includes(outcome) && !outcomes.includes(outcome),
  );
}

async function announceNews(
  news: readonly AnnouncedOutcome[],
  {
    key,
    acceptance,
    known,
    notification,
  }: {
    key: NotificationKey;
    acceptance: Acceptance;
    known: StoredState | undefined;
    notification: Notification;
  },
  ports: RecipientFeedbackPorts,
): Promise<void> {
  for (const [index, outcome] of news.entries()) {
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
