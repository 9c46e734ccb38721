import { COUNTER } from '#shared/names.ts';
import type { Counters } from '#shared/once/counters.ts';
import type { Provider } from './provider.ts';

/** A provider whose deferred calls are counted: throttled, not reachable or not permitted, nobody gets a message. */
export function countedProvider(provider: Provider, counters: Counters): Provider {
  return {
    async send(message) {
      const answer = await provider.send(message);
      if (answer.kind === 'deferred') await counters.count(COUNTER.providerDeferred, 1);
      return answer;
    },
  };
}
