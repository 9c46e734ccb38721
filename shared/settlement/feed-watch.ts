import type { OutgoingMessage, Provider } from '#shared/delivery/provider.ts';
import type { Log, Randomness } from '#shared/messaging/system.ts';
import { EMAIL_FEEDBACK_SUBSCRIBER } from '#shared/names.ts';
import type { DeadLetterStore, StateStore } from '#shared/once/ports.ts';
import { type Feed, PROBE_ID } from './feed.ts';
import { feedKeeper } from './feed-keeper.ts';
import type { FeedWatch } from './wake-notification.ts';

export type EmailFeedPorts = {
  states: StateStore<Feed>;
  /** Messages in the feed's queue and its dead-letter queues. */
  queueDepth: () => Promise<number>;
  deadLetters: Pick<DeadLetterStore, 'unhandledDeadLetters'>;
  provider: Provider;
  /** The name of the provider; default: SES. */
  providerName?: string;
  /** An address that the provider accepts mail for, reports events about, and never delivers to a person. */
  probeAddress: string;
  random: Randomness;
  log: Log;
};

/** Watches the e-mail provider's feed. An idle stage is probed with a message that no person receives. */
export function emailFeedWatch(ports: EmailFeedPorts): FeedWatch {
  const { states, queueDepth, deadLetters, provider, providerName, probeAddress, random, log } = ports;
  return {
    keeper: feedKeeper(states, 'email', providerName),
    isDrained: async (since) => (await queueDepth()) === 0 && !(await diedSince(since, deadLetters)),
    probe: async () => {
      const answer = await provider.send(probeMessage(random.nonce(), probeAddress));
      log.info('Feed probed', { answer: answer.kind });
    },
  };
}

/**
 * An event that could not be read or handled is in no queue but in a dead-letter row, and it may be the missing evidence.
 * That is also true while it is being redriven, until its subscriber has handled it. And it is true after a person has
 * discarded it: nothing has read what it says.
 */
async function diedSince(since: number, deadLetters: Pick<DeadLetterStore, 'unhandledDeadLetters'>): Promise<boolean> {
  const from = since - CLOCKS_DIFFER_MS;
  const left = await deadLetters.unhandledDeadLetters(MOST_DEAD_LETTERS, EMAIL_FEEDBACK_SUBSCRIBER, from);
  if (left.length === MOST_DEAD_LETTERS) return true;
  return left.some(({ lastSeenAt }) => Date.parse(lastSeenAt) >= from);
}

/** The two times come from different clocks. If an older dead letter counts as evidence, a person only has to check. */
const CLOCKS_DIFFER_MS = 60_000;

/** With this many, the list may be incomplete, so the feed counts as not drained. A person has to look at it anyway. */
const MOST_DEAD_LETTERS = 100;

const probeMessage = (attemptNonce: string, address: string): OutgoingMessage => ({
  tenant: PROBE_ID,
  notificationId: PROBE_ID,
  attemptNonce,
  recipients: [address],
  rendered: {
    channel: 'email',
    subject: 'Feed probe',
    text: 'Shows that delivery events arrive.',
    html: '<p>Shows that delivery events arrive.</p>',
  },
});
