import type { Conditions } from './conditions.ts';
import type { Check } from './invariants.ts';
import { notificationsOf } from './rows.ts';
import type { World } from './world.ts';

/**
 * Maximum number of a channel's calls that are refused for the account: the first ones, and those of each hour. Five messages within two minutes open the circuit, so fewer calls than these can leave without opening it;
 * while it is open, only a probe leaves every two minutes.
 */
const MOST_REFUSED = { first: 40, hourly: 120 };

/** A message that was certainly not sent is neither held nor failed. */
export function checkProviders(world: World, { accountPause }: Conditions, check: Check): void {
  const hours = accountPause ? (accountPause.until - accountPause.from) / 3_600_000 : 0;
  for (const channel of ['email', 'sms'] as const) {
    const refusals = world[channel].accountRefusals();
    const most = MOST_REFUSED.first + MOST_REFUSED.hourly * hours;
    check(
      refusals <= most,
      'few calls are made while the account may not send',
      () => `${channel}: ${refusals} in ${hours} hours`,
    );
  }
  for (const { name, notification } of notificationsOf(world)) {
    const { attempts, status, channel } = notification;
    if (channel === 'webhook') continue;
    const { refused, unanswered } = world[channel];
    const description = (): string => `${name}: ${JSON.stringify(notification)}`;
    if (status === 'FAILED') {
      const isRefused = attempts.some(({ nonce, outcome }) => outcome === 'rejected' && refused.has(nonce));
      check(isRefused, 'only a refusal of the message itself fails it', description);
    }
    // A sender that crashes, or freezes beyond its lease, leaves an unknown outcome, whatever the provider answered.
    const isOpen = attempts.some(({ outcome, nonce, reason }) => {
      return outcome === 'unknown' && (reason === 'LEASE_OVER' || unanswered.has(nonce));
    });
    check(status !== 'HELD' || isOpen, 'what was certainly not sent is not held', description);
  }
}
