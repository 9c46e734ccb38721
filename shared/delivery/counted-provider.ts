import { COUNTER } from '#shared/names.ts';
import { isAboutPermission } from '#shared/notification/refusals.ts';
import type { Counters } from '#shared/once/counters.ts';
import type { Provider } from './provider.ts';

/**
 * A provider whose deferred calls are counted, because no message arrives while it is throttled, unreachable or not
 * permitted. A missing permission is also counted separately, because only a person can grant it.
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
