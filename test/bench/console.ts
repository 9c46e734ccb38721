/**
 * `npm run bench:console`: loads a long log into the console in a real Chromium, scrolls, filters, and lets changes come in.
 * It prints the longest task of each step and the memory, and fails above the bounds. `MESSAGES` messages (10,000), and changes
 * for `LIVE_SECONDS` (300, which is five minutes). The API is made up: it answers at once.
 */

import { reasonToSkip } from '#test/console/browser.ts';
import { measureManyMessages } from './console/many-messages.ts';

const MESSAGES = Number(process.env.MESSAGES ?? 10_000);
const LIVE_SECONDS = Number(process.env.LIVE_SECONDS ?? 300);

const LONGEST_TASK_MS = 100;
/** The memory at the end, compared with that at the beginning of the changes. Each new message takes some. */
const MOST_GROWTH = 1.1;

const reason = await reasonToSkip();
if (reason) throw new Error(reason);
const measured = await measureManyMessages(MESSAGES, LIVE_SECONDS);
process.stdout.write(`${JSON.stringify(measured, undefined, 2)}\n`);

const { scrolling, filtering, live } = measured.longestTaskMs;
const isLong = [scrolling, filtering, live].some((task) => task !== 'below 50' && task > LONGEST_TASK_MS);
const [first = 0, last = 0] = [measured.memoryMb.at(0), measured.memoryMb.at(-1)];
if (isLong || last > first * MOST_GROWTH) {
  process.stderr.write(`The bounds are ${LONGEST_TASK_MS} ms for a task, and ${MOST_GROWTH} times the memory.\n`);
  process.exitCode = 1;
}
