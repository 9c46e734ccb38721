import { setTimeout as sleep } from 'node:timers/promises';

/** The result of one try: an answer, or the network's error in a word. */
export type Try<Reply> = Reply | string;

export type RetryOptions = {
  /** How long a client keeps trying before it gives up. */
  patienceMs: number;
  /** Pause before the next try, in milliseconds; `tries` counts from 0. */
  pauseMs: (tries: number) => number;
  /** Called for each try that has to be repeated, with its status or the network's error. */
  onRepeat?: (problem: string) => void;
};

/** Whether a repetition may get another answer: too many requests, or a failure of the service. */
export const isRepeated = (status: number): boolean => status === 429 || status >= 500;

/** Sends a request as clients do, until a repetition would not change the answer. @returns undefined if it gave up. */
export async function untilAnswered<Reply extends { status: number }>(
  send: () => Promise<Try<Reply>>,
  { patienceMs, pauseMs, onRepeat = () => undefined }: RetryOptions,
): Promise<Reply | undefined> {
  const deadline = Date.now() + patienceMs;
  for (let tries = 0; Date.now() < deadline; tries += 1) {
    const reply = await send();
    if (typeof reply !== 'string' && !isRepeated(reply.status)) return reply;
    onRepeat(typeof reply === 'string' ? reply : String(reply.status));
    await sleep(pauseMs(tries));
  }
  return undefined;
}
