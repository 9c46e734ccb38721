import { acceptedAttempt, type Notification } from '#shared/notification/notification.ts';

/** A call that a provider accepted. */
export type AcceptedCall = {
  providerMessageId: string;
  /** Of the attempt; absent where the provider does not know it. */
  nonce?: string;
  /** The provider's event of this call reached us. */
  isTold: boolean;
};

/** What is known of one notification once nothing happens any more. */
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
  | 'doubled, and its row does not say so'
  | 'not doubled, and its row says so'
  | 'sent in two wordings'
  | 'sent again after it was accepted'
  | 'sent again more than once'
  | 'left unfinished'
  | 'SENT, and never accepted'
  | 'SENT as another message than the accepted one'
  | 'accepted, the provider said so, and not SENT'
  | 'accepted, and not SENT'
  | 'HELD without a call of unknown outcome'
  | 'a sent event without an accepted call'
  | 'a failed event, and accepted'
  | 'not one sent event for SENT';

export type Finding<Kind extends string> = { what: Kind; why: string };

/** The first call, and one automatic resend. */
const MOST_ATTEMPTS = 2;
const UNFINISHED: readonly Notification['status'][] = ['PENDING', 'SENDING', 'UNKNOWN'];

/**
 * Everything that is wrong with one notification, by its row, by what its provider accepted and by what we published.
 * Nothing is excused here. Whoever runs the notification knows what its faults permit, and says so where it maps the
 * findings.
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
    // The row cannot know what nobody reported.
    if (!doubled && accepted.every(({ isTold }) => isTold)) yield 'doubled, and its row does not say so';
  } else if (doubled) yield 'not doubled, and its row says so';
  if (contents.size > 1) yield 'sent in two wordings';
  const nonce = accepted[0]?.nonce;
  if (nonce !== undefined && attempts.findIndex((one) => one.nonce === nonce) !== attempts.length - 1)
    yield 'sent again after it was accepted';
  if (attempts.length > MOST_ATTEMPTS) yield 'sent again more than once';
}

function* statusFindings({ notification, accepted }: NotificationEvidence): Iterable<NotificationFinding> {
  const { status, attempts } = notification;
  if (UNFINISHED.includes(status)) yield 'left unfinished';
  if (status === 'SENT') {
    if (accepted.length === 0 || !acceptedAttempt(notification)) yield 'SENT, and never accepted';
    else if (!accepted.some(({ providerMessageId }) => providerMessageId === notification.providerMessageId))
      yield 'SENT as another message than the accepted one';
  } else if (accepted.some(({ isTold }) => isTold)) yield 'accepted, the provider said so, and not SENT';
  else if (accepted.length > 0) yield 'accepted, and not SENT';
  if (status === 'HELD' && !attempts.some(({ outcome }) => outcome === 'unknown'))
    yield 'HELD without a call of unknown outcome';
}

function* eventFindings({ notification, accepted, events }: NotificationEvidence): Iterable<NotificationFinding> {
  const sent = events.filter((event) => event === 'sent').length;
  if (sent > 0 && accepted.length === 0) yield 'a sent event without an accepted call';
  if (events.includes('failed') && accepted.length > 0) yield 'a failed event, and accepted';
  if (sent !== (notification.status === 'SENT' ? 1 : 0)) yield 'not one sent event for SENT';
}
