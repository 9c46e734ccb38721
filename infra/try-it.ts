import type { StageSettings } from './settings.ts';

/**
 * Whether the console of a deployed stage offers to place orders for trying: where an order is not a real one. It offers no
 * faults, because only the local cloud has them.
 */
export const tryItOf = ({
  production,
}: Pick<StageSettings, 'production'>): { tryIt?: { faults: readonly string[] } } =>
  production ? {} : { tryIt: { faults: [] } };
