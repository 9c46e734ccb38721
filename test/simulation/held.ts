/** Numbers of notifications over many runs: in total, by channel, and of those that are held, by channel and reason. */
export type HeldTotals = { notifications: number; channels: Record<string, number>; held: Record<string, number> };

/**
 * Most of a channel's notifications that may wait for a person, by reason, over many runs. The bounds leave room for the
 * highest shares that 250 seeds were seen to have: the mix of faults is the same in every long run, so beyond that
 * only our code can change them.
 *
 * Text messages: SNS has no events about accepted messages, so every unknown outcome is held. About a third of the runs
 * lose half of all answers on purpose. E-mails: an unknown outcome is settled by the provider's events, so one is held
 * only where those are dead or unreadable (FEED_BACKLOG), do not come in time (FEED_SILENT), or the resend has an
 * unknown outcome, too (UNKNOWN_AGAIN).
 */
const MOST_HELD: Record<string, number> = {
  'sms POLICY': 0.32,
  'email FEED_BACKLOG': 0.04,
  'email FEED_SILENT': 0.04,
  'email UNKNOWN_AGAIN': 0.01,
};

/** With fewer notifications, a share is not meaningful. */
const LEAST_NOTIFICATIONS = 2500;

/** The reasons for which too many notifications are held; one that has no bound is always too many. */
export function heldBeyondBounds({ notifications, channels, held }: HeldTotals): string[] {
  if (notifications < LEAST_NOTIFICATIONS) return [];
  return Object.entries(held).flatMap(([kind, count]) => {
    const [channel = ''] = kind.split(' ');
    const share = count / (channels[channel] ?? 1);
    const most = MOST_HELD[kind] ?? 0;
    return share > most ? [`${kind}: ${percent(share)}, at most ${percent(most)}`] : [];
  });
}

/** Shares of the channels' notifications, as a line of a summary. */
export const heldShares = ({ channels, held }: HeldTotals): string =>
  Object.entries(held)
    .map(([kind, count]) => `${kind} ${percent(count / (channels[kind.split(' ')[0] ?? ''] ?? 1))}`)
    .join(', ');

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
