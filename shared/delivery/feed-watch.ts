import type { Log, Randomness, StateStore } from '#shared/ports.ts';
import { feedKeeper } from './feed-keeper.ts';
import { PROBE_ID } from './feedback.ts';
import type { OutgoingMessage, Provider } from './provider.ts';
import type { FeedWatch } from './wake-notification.ts';

/** Accepts everything and reaches nobody; free of charge for an account's reputation. */
const SIMULATOR = 'success+counterfoil-probe@simulator.amazonses.com';

export type EmailFeedPorts = {
  states: StateStore;
  /** Messages in the feed's queue and its dead-letter queues. */
  queueDepth: () => Promise<number>;
  provider: Provider;
  random: Randomness;
  log: Log;
};

/** Watches the e-mail provider's feed; an idle stage is probed with the mailbox simulator. */
export function emailFeedWatch({ states, queueDepth, provider, random, log }: EmailFeedPorts): FeedWatch {
  return {
    keeper: feedKeeper(states, 'email'),
    isDrained: async () => (await queueDepth()) === 0,
    probe: async () => {
      const answer = await provider.send(probeMessage(random.nonce()));
      log.info('Feed probed', { answer: answer.kind });
    },
  };
}

const probeMessage = (attemptNonce: string): OutgoingMessage => ({
  tenant: PROBE_ID,
  notificationId: PROBE_ID,
  attemptNonce,
  recipients: [SIMULATOR],
  rendered: {
    channel: 'email',
    subject: 'Feed probe',
    text: 'Shows that delivery events arrive.',
    html: '<p>Shows that delivery events arrive.</p>',
  },
});
