import { setTimeout as sleep } from 'node:timers/promises';

/** What a client saw of one try: an answer, or in a word what the network did instead. */
export type Try<Reply> = Reply | string;

export type AskOptions = {
  /** How long a client goes on before it gives up. */
  patienceMs: number;
  /** Pause before the next try, in milliseconds; `tries` counts from 0. */
  pauseMs: (tries: number) => number;
  /** Called with what each try ended with that has to be repeated: a status, or what the network did. */
  onRepeat?: (problem: string) => void;
};

/** Asking again could give another answer: too many requests, or a failure of the service. */
export const isRepeated = (status: number): boolean => status === 429 || status >= 500;

/** Asks as clients do, again and again until asking would not change the answer. @returns undefined if it gave up. */
export async function untilAnswered<Reply extends { status: number }>(
  ask: () => Promise<Try<Reply>>,
  { patienceMs, pauseMs, onRepeat = () => undefined }: AskOptions,
): Promise<Reply | undefined> {
  const deadline = Date.now() + patienceMs;
  for (let tries = 0; Date.now() < deadline; tries += 1) {
    const reply = await ask();
    if (typeof reply !== 'string' && !isRepeated(reply.status)) return reply;
    onRepeat(typeof reply === 'string' ? reply : String(reply.status));
    await sleep(pauseMs(tries));
  }
  return undefined;
}
