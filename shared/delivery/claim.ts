import { nextVersion, type StoredState } from '#shared/messaging/rows.ts';
import type { Clock, Log, Randomness } from '#shared/messaging/system.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import { claimed, isClaimable, type Notification, postponed, released } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import type { RefusalCode } from '#shared/notification/refusals.ts';
import { type Repeat, repeatedAt } from '#shared/notification/repeat.ts';
import { backoffMs } from '#shared/once/backoff.ts';
import type { StateStore } from '#shared/once/ports.ts';

export type ClaimPorts = {
  notifications: Pick<StateStore<Notification>, 'replace'>;
  clock: Clock;
  random: Randomness;
  log: Log;
  sender: { leaseMs: number };
};

/** A claim that its sender holds, and the row with it. */
export type TakenClaim = { nonce: string; leaseUntil: number; stored: StoredState<Notification> };

/** After a concurrent change of the row (most often a reminder), it may still be claimable. */
const CLAIM_TRIES = 3;

/**
 * PENDING → SENDING, unless another sender has claimed it. If the write is refused and the row shows our nonce, the
 * claim is ours. Each try has a new nonce, because two attempts must never share one: a try whose write arrived late
 * may have lost its lease and been settled before its refusal is read.
 */
export async function takeClaim(
  key: NotificationKey,
  read: StoredState<Notification>,
  leftOut: readonly number[],
  { notifications, clock, random, sender }: ClaimPorts,
): Promise<TakenClaim | undefined> {
  let stored: StoredState<Notification> | undefined = read;
  for (let tries = 0; tries < CLAIM_TRIES; tries += 1) {
    const nonce = random.nonce();
    const now = clock.now();
    const notification = stored?.state;
    if (!stored || !notification || !isClaimable(notification, now)) return undefined;
    // The recipients were determined before. If one was erased since, the message must not be sent to them.
    if (erasedIn(stored) !== erasedIn(read)) return undefined;
    const leaseUntil = now + sender.leaseMs;
    const next = storedAs(claimed(notification, { nonce, now, leaseUntil, leftOut }), stored);
    const result = await notifications.replace(key, stored.version, next);
    if (result.kind === 'replaced') return { nonce, leaseUntil, stored: next };
    if (result.current && holdsClaim(result.current, nonce)) return { nonce, leaseUntil, stored: result.current };
    stored = result.current;
  }
  return undefined;
}

const erasedIn = ({ state }: StoredState<Notification>): number => state.erased?.length ?? 0;

const storedAs = (notification: Notification, before: StoredState<Notification>): StoredState<Notification> =>
  nextVersion(before, notification, notificationDecider.due(notification));

/**
 * The provider certainly did not accept the message. The claim is released, with a growing delay, and does not count as
 * an attempt. Evidence about an earlier attempt may change the row in the meantime. The claim in the row is still ours,
 * so the release is retried.
 */
export async function releaseClaim(
  key: NotificationKey,
  claim: TakenClaim,
  reason: string,
  ports: ClaimPorts,
): Promise<void> {
  const { clock, random, log } = ports;
  await replaceClaimed(key, claim, ports, (notification) => {
    const now = clock.now();
    const retryAt = now + 1000 + backoffMs(notification.deferrals ?? 0, random.fraction(), DEFERRAL);
    return {
      next: released(notification, claim.nonce, { reason, now, retryAt }),
      done: () =>
        log.warn('Call not accepted by the provider; claim released', {
          notificationId: key.notificationId,
          reason,
          retryAt,
        }),
    };
  });
}

/** Releases the claim until `retryAt`, and keeps its attempt. */
export async function repeatLater(
  key: NotificationKey,
  claim: TakenClaim,
  repeat: Repeat,
  retryAt: number,
  ports: ClaimPorts,
): Promise<void> {
  const { notificationId } = key;
  await replaceClaimed(key, claim, ports, (notification) => ({
    next: repeatedAt(notification, repeat, retryAt),
    done: () => ports.log.warn('Call will be repeated', { notificationId, reason: repeat.reason, retryAt }),
  }));
}

/** Replaces the row as long as it shows the claim. */
async function replaceClaimed(
  key: NotificationKey,
  { stored, nonce }: TakenClaim,
  { notifications }: ClaimPorts,
  change: (notification: Notification) => { next: Notification; done: () => void },
): Promise<void> {
  let current: StoredState<Notification> | undefined = stored;
  while (current && holdsClaim(current, nonce)) {
    const { next, done } = change(current.state);
    const result = await notifications.replace(key, current.version, storedAs(next, current));
    if (result.kind === 'replaced') return done();
    current = result.current;
  }
}

const DEFERRAL = { baseMs: 2000, capMs: 300_000 };

/** Whether the row shows the claim with this nonce. */
function holdsClaim(stored: StoredState<Notification>, nonce: string): boolean {
  const notification = stored.state;
  return notification.status === 'SENDING' && notification.nonce === nonce;
}

/**
 * Postpones the notification without a claim, because the circuit is open. If the row was changed in the meantime (by a
 * reminder or a person's decision), that change is kept, and it determines when the row is announced again.
 */
export async function postpone(
  key: NotificationKey,
  stored: StoredState<Notification>,
  retryAt: number,
  { notifications, clock, log }: ClaimPorts,
): Promise<void> {
  const deferral = { reason: 'CIRCUIT_OPEN' satisfies RefusalCode, now: clock.now(), retryAt };
  await notifications.replace(key, stored.version, storedAs(postponed(stored.state, deferral), stored));
  log.info('Notification postponed: the circuit is open', { notificationId: key.notificationId, retryAt });
}
