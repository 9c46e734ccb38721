import type { Attempt, Notification } from '#shared/notification/notification.ts';
import { arrivals } from './arrivals.ts';
import type { Facts } from './facts.ts';

/** Counts by a short description. */
export type Tally = Map<string, number>;

/** How each unknown outcome was settled, attempt by attempt. */
export function settledUnknowns(facts: Facts): Tally {
  const tally: Tally = new Map();
  for (const [{ notification }, arrived] of arrivals(facts)) {
    notification.attempts.forEach((attempt, index) => {
      if (!wasUnknown(attempt)) return;
      const how = settledHow(notification, attempt, index, arrived.length);
      const line = `${notification.channel} ${how}`;
      tally.set(line, (tally.get(line) ?? 0) + 1);
    });
  }
  return tally;
}

/** Evidence overwrites the outcome and keeps the reason, which only an attempt without an answer has. */
const wasUnknown = ({ outcome, reason }: Attempt): boolean =>
  outcome === 'unknown' || (outcome === 'accepted' && reason !== undefined);

function settledHow(notification: Notification, { outcome }: Attempt, index: number, arrived: number): string {
  if (outcome === 'accepted') return 'SENT, by the provider’s event';
  if (index < notification.attempts.length - 1)
    return notification.channel === 'webhook' ? 'repeated under its id' : 'resent, because evidence was missing';
  if (notification.status !== 'HELD') return `not settled, the notification is ${notification.status}`;
  return `HELD, ${notification.reason}; it was ${arrived > 0 ? '' : 'not '}accepted`;
}

/** How the notifications ended. */
export const ends = ({ notifications }: Facts): Tally =>
  tallyOf(notifications, ({ notification }) => {
    const reason = 'reason' in notification ? `, ${notification.reason}` : '';
    return `${notification.channel} ${notification.status}${reason}`;
  });

/** How the dead letters ended. */
export const letterEnds = ({ deadLetters }: Facts): Tally =>
  tallyOf(deadLetters, ({ subscriber, reason, status }) => `of ${subscriber}, ${reason}: ${status}`);

/** How the redrives ended, and who planned them. */
export const redriveEnds = ({ redrives }: Facts): Tally =>
  tallyOf(redrives, ({ actor, status, stoppedBecause = '' }) => {
    const who = actor.startsWith('alarm:') ? 'alarm' : 'operators';
    const because = /^[A-Z_]+$/.test(stoppedBecause) ? `, ${stoppedBecause}` : '';
    return `of ${who}: ${status}${because}`;
  });

/** What the notifications are for, and on which channel. */
export const purposes = ({ notifications }: Facts): Tally =>
  tallyOf(notifications, ({ notification: { purpose, channel } }) => `${purpose} by ${channel}`);

function tallyOf<Thing>(things: readonly Thing[], describe: (one: Thing) => string): Tally {
  const tally: Tally = new Map();
  for (const one of things) tally.set(describe(one), (tally.get(describe(one)) ?? 0) + 1);
  return tally;
}
