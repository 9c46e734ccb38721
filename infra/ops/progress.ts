/** What was done at a time. @property at epoch milliseconds. */
export type Sample = { at: number; done: number };

/** The rate is measured over this time. */
const WINDOW_MS = 10_000;

/** The samples that a rate is measured from, with a new one. */
export const withSample = (samples: readonly Sample[], sample: Sample): Sample[] => [
  ...samples.filter(({ at }) => at >= sample.at - WINDOW_MS),
  sample,
];

/** How many a second; undefined while it cannot be measured. */
export function ratePerSecond(samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at - first.at < 1000) return undefined;
  return ((last.done - first.done) * 1000) / (last.at - first.at);
}

/** A bar of a width in characters. @param share from 0 to 1. */
export function bar(share: number, width: number): string {
  const inner = Math.max(1, width - 2);
  const filled = Math.round(Math.min(1, Math.max(0, share)) * inner);
  return `[${'#'.repeat(filled)}${'.'.repeat(inner - filled)}]`;
}
