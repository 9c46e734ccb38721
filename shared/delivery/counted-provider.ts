import { isAboutPermission } from '#shared/domain/notification/refusals.ts';
import { COUNTER } from '#shared/names.ts';
import type { Counters } from '#shared/once/counters.ts';
import type { Provider } from './provider.ts';

/**
 * A provider whose deferred calls are counted: while it is throttled, not reachable or not permitted, no message
 * arrives. A missing permission is counted by itself: only a person can give it.
 */
export function countedProvider(provider: Provider, counters: Counters): Provider {
  return {
    async send(message) {
      const answer = await provider.send(message);
      if (answer.kind !== 'deferred') return answer;
      await counters.count(COUNTER.providerDeferred, 1);
      if (isAboutPermission(answer.reason)) await counters.count(COUNTER.deferredForPermission, 1);
      return answer;
    },
  };
}
