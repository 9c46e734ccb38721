import type { LoggedNotificationView } from '#shared/message-log/responses.ts';

/** The colour and the icon of a status. The word comes from the texts, so that a colour is never the only sign. */
export type Look = { tone: 'good' | 'busy' | 'attention' | 'bad' | 'quiet'; icon: LookIcon };
export type LookIcon = 'check' | 'check-all' | 'clock' | 'arrow' | 'question' | 'hand' | 'cross' | 'stop' | 'dot';

const LOOKS: Readonly<Record<string, Look>> = {
  PENDING: { tone: 'busy', icon: 'clock' },
  SENDING: { tone: 'busy', icon: 'arrow' },
  SENT: { tone: 'good', icon: 'check' },
  FAILED: { tone: 'bad', icon: 'cross' },
  UNKNOWN: { tone: 'attention', icon: 'question' },
  HELD: { tone: 'attention', icon: 'hand' },
  SUPPRESSED: { tone: 'quiet', icon: 'stop' },
  CANCELLED: { tone: 'quiet', icon: 'stop' },
  DELIVERED: { tone: 'good', icon: 'check-all' },
  DELAYED: { tone: 'busy', icon: 'clock' },
  BOUNCED: { tone: 'bad', icon: 'cross' },
  COMPLAINED: { tone: 'bad', icon: 'hand' },
  REJECTED: { tone: 'bad', icon: 'cross' },
  RENDERING_FAILED: { tone: 'bad', icon: 'cross' },
  UNDELIVERED: { tone: 'bad', icon: 'cross' },
  SOFT_BOUNCED: { tone: 'attention', icon: 'question' },
  UNCONFIRMED: { tone: 'attention', icon: 'question' },
  placed: { tone: 'busy', icon: 'dot' },
  confirmed: { tone: 'good', icon: 'check' },
  approved: { tone: 'good', icon: 'check-all' },
  cancelled: { tone: 'quiet', icon: 'stop' },
  refused: { tone: 'bad', icon: 'cross' },
  registered: { tone: 'good', icon: 'check' },
  erased: { tone: 'quiet', icon: 'stop' },
};

/** A newer release may know a status that this page does not. It is shown by its name. */
const OTHER: Look = { tone: 'quiet', icon: 'dot' };

export const lookOf = (status: string): Look => (Object.hasOwn(LOOKS, status) ? (LOOKS[status] ?? OTHER) : OTHER);

/** Outcomes that matter more than a delivery, the most urgent first. */
const URGENT: readonly string[] = [
  'COMPLAINED',
  'BOUNCED',
  'REJECTED',
  'RENDERING_FAILED',
  'UNDELIVERED',
  'SOFT_BOUNCED',
  'UNCONFIRMED',
  'DELAYED',
];

/**
 * The status that a row shows: the message’s own one until it was sent, and then what happened to its recipients. It is
 * DELIVERED only if every recipient has it.
 */
export function shownStatus({ status, recipients }: Pick<LoggedNotificationView, 'status' | 'recipients'>): string {
  if (status !== 'SENT' || recipients.length === 0) return status;
  const outcomes = recipients.map(({ outcome }) => outcome);
  const urgent = URGENT.find((one) => outcomes.includes(one));
  if (urgent !== undefined) return urgent;
  return outcomes.every((outcome) => outcome === 'DELIVERED') ? 'DELIVERED' : status;
}
