import type { Change, Changes } from '#console/base/changes.ts';
import { connect, type Target } from './connection.ts';

type Options = {
  /** From 0 to 1. */
  random?: () => number;
  connectTo?: typeof connect;
};

/** The first pause before a new connection, and the longest one. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Keeps a connection to a channel, and connects again after longer and longer pauses. The pauses are random, so that the
 * pages of many people do not come back at the same moment.
 * @returns the changes, and what ends everything.
 */
export function openChanges(target: Target, { random = Math.random, connectTo = connect }: Options = {}) {
  const listeners = new Set<(changes: readonly Change[] | undefined) => void>();
  const announce = (changes: readonly Change[] | undefined): void => {
    for (const listener of listeners) listener(changes);
  };
  let isLive = false;
  let hasEnded = false;
  let attempts = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let disconnect = (): void => undefined;

  const begin = (): void => {
    clearTimeout(retry);
    retry = undefined;
    disconnect = connectTo(target, {
      onLive: () => {
        isLive = true;
        attempts = 0;
        // What happened before the subscription was not announced.
        announce(undefined);
      },
      onChanges: announce,
      onEnd: () => {
        const wasLive = isLive;
        isLive = false;
        if (hasEnded) return;
        retry = setTimeout(begin, pauseAfter(attempts, random()));
        attempts += 1;
        if (wasLive) announce(undefined);
      },
    });
  };
  /** A network that is back is worth an attempt at once. */
  const hurry = (): void => void (retry !== undefined && begin());
  globalThis.addEventListener?.('online', hurry);
  begin();

  const changes: Changes = {
    isLive: () => isLive,
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const end = (): void => {
    hasEnded = true;
    clearTimeout(retry);
    globalThis.removeEventListener?.('online', hurry);
    disconnect();
  };
  return { changes, end };
}

/** From half of the full pause to all of it. The full pause doubles with each attempt. */
export const pauseAfter = (attempts: number, fraction: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts) * (0.5 + fraction / 2);
