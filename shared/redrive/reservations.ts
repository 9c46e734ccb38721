import type { PausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import type { RelatedState, StoredState } from '#shared/messaging/rows.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { isInProgress, RESERVATION, type Redrive, type Reservation, redriveKey, reservationKey } from './redrive.ts';
import { redriveInProgress, subscriberPaused } from './refusals.ts';

/** Which redrive has a group. */
export type ReservedGroups = {
  redrives: Pick<StateStore<Redrive>, 'read'>;
  reservations: Pick<StateStore<Reservation>, 'read'>;
};

export type ReservationPorts = ReservedGroups & {
  pausedSubscribers: PausedSubscribers;
};

/**
 * The reservations of a redrive's groups. A group that another redrive has reserved is free if that redrive has ended,
 * because it never runs again.
 * @throws RequestRefused if it has not, or if a subscriber is paused: its messages would only wait in its queue.
 */
export async function reservationsFor({ redriveId, plan }: Redrive, ports: ReservationPorts): Promise<RelatedState[]> {
  const paused = await ports.pausedSubscribers();
  for (const { subscriber } of plan.groups) {
    const pause = paused.get(subscriber);
    if (pause) throw subscriberPaused(subscriber, pause);
  }
  return Promise.all(
    plan.groups.map(async ({ fingerprint }) => {
      const key = reservationKey(fingerprint);
      const before = await freeGroup(fingerprint, redriveId, ports);
      const version = before?.version ?? 0;
      const state: Reservation = { fingerprint, redriveId };
      const schemaVersion = before?.schemaVersion ?? RESERVATION.written;
      return { key, expectedVersion: version, next: { schemaVersion, version: version + 1, state } };
    }),
  );
}

/**
 * The reservation of a group, unless another redrive that is running or paused has it.
 * @param redriveId the redrive that may have it; undefined: none may.
 * @throws RequestRefused that names the other redrive and its actor.
 */
export async function freeGroup(
  fingerprint: string,
  redriveId: string | undefined,
  { reservations, redrives }: ReservedGroups,
): Promise<StoredState<Reservation> | undefined> {
  const before = await reservations.read(reservationKey(fingerprint));
  const other = before && (await redrives.read(redriveKey(before.state.redriveId)));
  if (other && other.state.redriveId !== redriveId && isInProgress(other.state))
    throw redriveInProgress(other.state, fingerprint);
  return before;
}
