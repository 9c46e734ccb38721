import { commandSubscriber } from '#shared/adapters/aws/runtime/command-subscriber.ts';
import { countingOf } from '../projection.ts';

/** Counts the page accesses of each reader. */
export const handler = commandSubscriber('reader-projection', countingOf);
