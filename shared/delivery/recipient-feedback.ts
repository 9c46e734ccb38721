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
  /** Personal data, of which nothing is kept. */
  | { addresses: readonly string[] }
  /** Their keys: of an event that was kept after all. */
  | { recipients: readonly string[] }
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

/** `nobody-of-ours`: it is about none of the notification's recipients, and was recorded as nothing. */
export type RecipientFeedbackReport = FeedbackReport | 'nobody-of-ours';

const SUPPRESSES: Partial<Record<RecipientEventKind, SuppressionReason>> = {
  BOUNCED: 'BOUNCE',
  COMPLAINED: 'COMPLAINT',
};

/**
 * Records what a provider told of recipients: one write to the outcomes row, the suppression where it is one,
 * and, where the whole message can be said to be delivered, bounced, complained of or rejected for the first
 * time, the executor's command that says so. Each step may be repeated, in any order of events.
 */
export async function recordTold(
  { acceptance, channel }: Feedback,
  told: Told,
  ports: RecipientFeedbackPorts,
): Promise<RecipientFeedbackReport> {
  if (acceptance.notificationId === PROBE_ID) return 'probe';
  // What became of the message at its recipients proves that it was accepted; the feed may tell that later.
  const believed = await believeAcceptance(acceptance, ports);
  if (!('stored' in believed)) return believed.report;
  const { key, stored, report } = believed;
  const notification = stored.state as Notification;
  const writtenTo = writtenToBy(acceptance.attemptNonce, notification);
  const concerned = await concernedBy(told.whom, { acceptance, channel, notification, writtenTo }, ports);
  if (concerned.length === 0) return 'nobody-of-ours';
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
  const reason = SUPPRESSES[kind];
  for (const { recipient } of reason ? concerned : []) {
    if (!reason || recipient === undefined) continue;
    const origin = acceptance.notificationId;
    await ports.suppressions.suppress(acceptance.tenant, { recipient, channel, reason, origin, since: at });
  }
  const known = report === 'known' ? stored : undefined;
  await announceNews(newsOf(recorded, writtenTo, notification), { key, acceptance, known, notification }, ports);
  return isDeepStrictEqual(recorded.before, recorded.after) ? 'known' : 'recorded';
}

/** Positions of those whom accepted attempts were sent to; the attempt that the event is about is one. */
function writtenToBy(attemptNonce: string, { attempts, recipients }: Notification): number[] {
  const positions = Array.from({ length: recipients?.length ?? 1 }, (_, position) => position);
  const accepted = attempts.filter(({ nonce, outcome }) => outcome === 'accepted' || nonce === attemptNonce);
  return positions.filter(
    (position) => accepted.length === 0 || accepted.some(({ leftOut }) => !leftOut?.includes(position)),
  );
}

type Concerned = { position?: number; recipient?: string };

/** Which recipients an event is about. Those it names are found by their keys: no address is read for it. */
async function concernedBy(
  whom: Whom,
  {
    acceptance: { tenant },
    channel,
    notification: { recipients },
    writtenTo,
  }: { acceptance: Acceptance; channel: Channel; notification: Notification; writtenTo: readonly number[] },
  ports: RecipientFeedbackPorts,
): Promise<Concerned[]> {
  if (whom === 'everybody') return writtenTo.map((position) => ({ position, recipient: recipients?.[position] }));
  if (whom === 'somebody') {
    const [position, ...others] = writtenTo;
    return others.length > 0 || position === undefined ? [{}] : [{ position, recipient: recipients?.[position] }];
  }
  const keyOf = 'addresses' in whom ? await ports.recipientKey() : undefined;
  const named =
    'addresses' in whom ? whom.addresses.map((address) => keyOf?.(tenant, channel, address)) : whom.recipients;
  // Before notifications kept the keys of their recipients, each had one.
  if (!recipients) return named.slice(0, 1).map((recipient) => ({ position: 0, recipient }));
  return recipients.flatMap((recipient, position) => (named.includes(recipient) ? [{ position, recipient }] : []));
}

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
