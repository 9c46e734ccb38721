import type { StateKey } from '#shared/messaging/identity.ts';
import type { Clock, Log, Timer } from '#shared/messaging/system.ts';
import { shapeOf } from '#shared/messaging/versions.ts';

/** How many messages each subscriber has handled since the stage exists, by subscriber ids. For rates, so not exact. */
export type Handled = Readonly<Record<string, number>>;

export const HANDLED = shapeOf<Handled>('handled');

/** One row for the whole stage. */
export const HANDLED_KEY: StateKey = { tenant: '', type: HANDLED.name, id: 'stage' };

export type HandledStore = {
  /** @throws StoreUnavailable */
  add(subscriber: string, messages: number): Promise<void>;
  /** Empty before the first message was counted. */
  read(): Promise<Handled>;
};

/** Counts the messages of one environment. It never throws, because the messages are already handled. */
export type HandledCounter = { count(messages: number): Promise<void> };

export type HandledCounterPorts = { store: Pick<HandledStore, 'add'>; clock: Clock; timer: Timer; log: Log };

/** So counting costs at most two writes a minute for each environment, for any number of messages. */
const WRITE_EVERY_MS = 30_000;

/** Half minutes of the clock: all environments write at their beginning, so each measured minute has two sums of each. */
const halfMinuteOf = (now: number): number => Math.floor(now / WRITE_EVERY_MS);

/** A slow table must not make the function time out after its work: then all messages of the batch would come again. */
const MOST_WAIT_MS = 500;

/**
 * Adds up what this environment handles, and writes the sum from time to time. What an environment has not written when
 * Lambda removes it is missing, and a write whose answer was lost may count twice.
 */
export function handledCounter(subscriber: string, { store, clock, timer, log }: HandledCounterPorts): HandledCounter {
  let unwritten = 0;
  let written = halfMinuteOf(clock.now());
  return {
    async count(messages) {
      unwritten += messages;
      const halfMinute = halfMinuteOf(clock.now());
      if (unwritten === 0 || halfMinute === written) return;
      const write = store.add(subscriber, unwritten).catch((error: unknown) => {
        log.warn('Handled messages not counted', { error });
      });
      unwritten = 0;
      written = halfMinute;
      await Promise.race([write, timer.sleep(MOST_WAIT_MS)]);
    },
  };
}
