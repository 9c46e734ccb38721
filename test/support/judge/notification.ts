import { acceptedAttempt, type Notification } from '#shared/notification/notification.ts';

/** A call that a provider accepted. */
export type AcceptedCall = {
  providerMessageId: string;
  /** Of the attempt; absent where the provider does not know it. */
  nonce?: string;
  /** Whether the provider's event of this call reached us. */
  isReported: boolean;
};

/** What is known about one notification when the system is idle. */
export type NotificationEvidence = {
  /** Its row. */
  notification: Notification;
  /** In the order in which the provider accepted them. */
  accepted: readonly AcceptedCall[];
  /** Each distinct content that was sent. */
  contents: ReadonlySet<string>;
  /** Events that we published about it: `sent`, `failed`, … */
  events: readonly string[];
};

/** What can be wrong with one notification. */
export type NotificationFinding =
  | 'sent twice'
  | 'doubled, but its row has no mark'
  | 'not doubled, but its row has the mark'
  | 'sent with different contents'
  | 'sent again after it was accepted'
  | 'sent again more than once'
  | 'left unfinished'
  | 'SENT, but never accepted'
  | 'SENT with the id of another message'
  | 'accepted and reported, but not SENT'
  | 'accepted, but not SENT'
  | 'HELD without a call of unknown outcome'
  | 'a sent event without an accepted call'
  | 'a failed event, but accepted'
  | 'not exactly one sent event for SENT';

export type Finding<Kind extends string> = { what: Kind; why: string };

/** The first call, and one automatic resend. */
const MOST_ATTEMPTS = 2;
const UNFINISHED: readonly Notification['status'][] = ['PENDING', 'SENDING', 'UNKNOWN'];

/**
 * All faults of one notification, from its row, the calls that its provider accepted and the events that we published.
 * Nothing is excused here. The campaign and the simulation know what their faults permit, and excuse it when they map
 * the findings.
 */
export function judgeNotification(evidence: NotificationEvidence): Finding<NotificationFinding>[] {
  const { notification, accepted, events } = evidence;
  const why = (): string => JSON.stringify({ notification, accepted, events });
  return [...countFindings(evidence), ...statusFindings(evidence), ...eventFindings(evidence)].map((what) => ({
    what,
    why: why(),
  }));
}

function* countFindings({ notification, accepted, contents }: NotificationEvidence): Iterable<NotificationFinding> {
  const { attempts, doubled } = notification;
  if (accepted.length > 1) {
    yield 'sent twice';
    // Without a report, the row cannot have the mark.
    if (!doubled && accepted.every(({ isReported }) => isReported)) yield 'doubled, but its row has no mark';
  } else if (doubled) yield 'not doubled, but its row has the mark';
  if (contents.size > 1) yield 'sent with different contents';
  const nonce = accepted[0]?.nonce;
  if (nonce !== undefined && attempts.findIndex((one) => one.nonce === nonce) !== attempts.length - 1)
    yield 'sent again after it was accepted';
  if (attempts.length > MOST_ATTEMPTS) yield 'sent again more than once';
}

function* statusFindings({ notification, accepted }: NotificationEvidence): Iterable<NotificationFinding> {
  const { status, attempts } = notification;
  if (UNFINISHED.includes(status)) yield 'left unfinished';
  if (status === 'SENT') {
    if (accepted.length === 0 || !acceptedAttempt(notification)) yield 'SENT, but never accepted';
    else if (!accepted.some(({ providerMessageId }) => providerMessageId === notification.providerMessageId))
      yield 'SENT with the id of another message';
  } else if (accepted.some(({ isReported }) => isReported)) yield 'accepted and reported, but not SENT';
  else if (accepted.length > 0) yield 'accepted, but not SENT';
  if (status === 'HELD' && !attempts.some(({ outcome }) => outcome === 'unknown'))
    yield 'HELD without a call of unknown outcome';
}

function* eventFindings({ notification, accepted, events }: NotificationEvidence): Iterable<NotificationFinding> {
  const sent = events.filter((event) => event === 'sent').length;
  if (sent > 0 && accepted.length === 0) yield 'a sent event without an accepted call';
  if (events.includes('failed') && accepted.length > 0) yield 'a failed event, but accepted';
  if (sent !== (notification.status === 'SENT' ? 1 : 0)) yield 'not exactly one sent event for SENT';
}
