import type { Page } from 'playwright-core';

/** In milliseconds. The browser reports tasks of 50 ms and more, so shorter ones are `below 50`. */
export type LongestTask = number | 'below 50';

/** The longest task of the page while something happens, as the browser reports it. */
export async function longestTaskOf(page: Page, happen: () => Promise<void>): Promise<LongestTask> {
  await page.evaluate(
    `globalThis.tasks = [];
    globalThis.note = (entries) => globalThis.tasks.push(...entries.map(({ duration }) => duration));
    globalThis.observer = new PerformanceObserver((list) => globalThis.note(list.getEntries()));
    globalThis.observer.observe({ type: 'longtask' });`,
  );
  await happen();
  const longest = await page.evaluate<number>(
    `globalThis.note(globalThis.observer.takeRecords());
    globalThis.observer.disconnect();
    Math.max(0, ...globalThis.tasks)`,
  );
  return longest === 0 ? 'below 50' : longest;
}
