import { isDeepStrictEqual } from 'node:util';
import { notificationDecider } from '#shared/domain/notification/decider.ts';
import type { AnnouncedOutcome, Notification } from '#shared/domain/notification/notification.ts';
import { announceable, type RecipientEventKind } from '#shared/domain/notification/outcomes.ts';
import type { RecipientKey } from '#shared/domain/notification/recipient-key.ts';
import type { Channel } from '#shared/names.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { executeOnce } from '#shared/once/execute.ts';
import type {
  NotificationKey,
  OutcomeStore,
  RecordedOutcomes,
  StoredState,
  SuppressionReason,
  SuppressionStore,
} from '#shared/ports.ts';
import { type Acceptance, believeAcceptance, type FeedbackPorts, type FeedbackReport, PROBE_ID } from './feedback.ts';

/** Whom an event is about, as its provider says it. */
export type Whom =
  /** Personal data, of which nothing is kept. `sentTo`: whom the provider sent the message to, where it says so. */
  | { addresses: readonly string[]; sentTo?: readonly string[] }
  /** Their keys: of an event that was kept after all. */
  | { recipients: readonly string[]; sentTo?: readonly string[] }
  /** The message as a whole, so everybody it was sent to. */
  | 'everybody'
  /** The provider does not say which of them. */
  | 'somebody';

/** What a provider tells of a message that it accepted, and of those it is for. */
export type Told = {
  kind: RecipientEventKind /** ISO 8601 in UTC with milliseconds. */;
  at: string;
  code?: string;
  whom: Whom;
};

/** An event of a provider. Each is evidence of acceptance, whatever else it tells. */
export type Feedback = {
  channel: Channel;
  acceptance: Acceptance;
  /** Absent: it tells of acceptance alone. */
  told?: Told;
};

export type RecipientFeedbackPorts = Omit<FeedbackPorts, 'feed' | 'feedStepMs'> & {
  outcomes: OutcomeStore;
  suppressions: SuppressionStore;
  recipientKey: () => Promise<RecipientKey>;
};

/** `unattributed`: it was recorded of the message, because it does not say which of several recipients it is about. */
export type RecipientFeedbackReport = FeedbackReport | 'unattributed';

/** What is no longer sent to whom: all other kinds of events suppress no recipient. */
export const SUPPRESSES: Partial<Record<RecipientEventKind, SuppressionReason>> = {
  BOUNCED: 'BOUNCE',
  COMPLAINED: 'COMPLAINT',
};

/**
 * Records what a provider told of recipients: the suppression where it is one, one write to the outcomes row, and,
 * where the whole message can be said to be delivered, bounced, complained of or rejected for the first time, the
 * executor's command that says so. Each step may be repeated, in any order of events.
 *
 * The suppression comes first, because the event alone is enough for it: its tags name the tenant, and it names the
 * address. A recipient who complained must not be written to again, even if the row of the message is missing or
 * cannot be read.
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
  // What became of the message at its recipients proves that it was accepted; the feed may tell that later.
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

/** Suppresses recipients for what was told, each once; nobody, if it is nothing that suppresses. */
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

/** Positions of those whom accepted attempts were sent to; the attempt that the event is about is one. */
function writtenToBy(attemptNonce: string, { attempts, recipients }: Notification): number[] {
  const positions = Array.from({ length: recipients?.length ?? 1 }, (_, position) => position);
  const accepted = attempts.filter(({ nonce, outcome }) => outcome === 'accepted' || nonce === attemptNonce);
  return positions.filter(
    (position) => accepted.length === 0 || accepted.some(({ leftOut }) => !leftOut?.includes(position)),
  );
}

/** Keys of the recipients that an event names, and of those that the message was sent to, where it says so. */
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
  // An address may be missing from an event, and then there is nobody to look for.
  const keysOf = (addresses: readonly string[]): string[] =>
    addresses.filter((address) => address.trim() !== '').map((address) => keyOf(tenant, channel, address));
  return { recipients: keysOf(whom.addresses), ...(whom.sentTo && { sentTo: keysOf(whom.sentTo) }) };
}

/**
 * Whom an event is about as far as it proves that by itself: those of its recipients that the message was sent to, or
 * the only one that it was sent to. Anybody can put another address into a bounce report, and must not have us
 * suppress its owner.
 */
function provenBy({ recipients, sentTo }: Named): readonly string[] {
  if (!sentTo) return recipients;
  const found = recipients.filter((recipient) => sentTo.includes(recipient));
  return found.length === 0 && sentTo.length === 1 ? sentTo : found;
}

type Concerned = { position?: number; recipient?: string | undefined };
type WrittenTo = { notification: Notification; attemptNonce: string; writtenTo: readonly number[] };

/** Which recipients an event is about. A place without a position stands for one of them, who is not known. */
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

/** The one position there is; undefined: there are several, or none. */
const onlyOf = (positions: readonly number[]): number | undefined =>
  positions.length === 1 ? positions[0] : undefined;

/**
 * Whom an address is attributed to that is none of ours. A bounce names the Final-Recipient of its report, which after
 * a forward is another address than the one that we wrote to. Where this attempt was sent to one recipient, the
 * event is theirs; where it was sent to several, it is one of theirs, and nobody knows whose.
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
 * What can be said of the message since this event, and no other: so that of fifty at once one says it. An
 * event that was recorded before may not have come to saying it, so its repetition looks at everything.
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
    await executeOnce(
      {
        decider: notificationDecider,
        key,
        commandId: messageCommandId(ports.subscriber, `${key.notificationId}#outcome#${outcome}`),
        fingerprint: outcome,
        command: { type: 'RecordOutcome', outcome },
        metadata: { correlationId: notification.correlationId, causationId: acceptance.providerMessageId },
        // What was said before it has changed the row.
        ...(index === 0 && known && { assume: known }),
      },
      ports,
    );
  }
}
