import type { FaultRule } from '#test/support/control.ts';

/** Kinds of faults that are injected: all that the local cloud supports for any call. */
export const KINDS = ['refuse', 'throttle', 'error', 'lose-response', 'delay', 'kill-before', 'kill-after'] as const;

/** All services that functions of the systems call, so that every call can meet faults. */
const SERVICES = ['dynamodb', 'sns', 'sesv2', 'sqs', 'secretsmanager'];

/**
 * Longer than every timeout of our clients, so it affects our system most: the alternatives have no timeouts, which is
 * the SDK's default. And within the time in which a provider may still work on a call (`providerTimeoutSeconds` and
 * `providerInFlightSeconds` of stage `local`), on which our promise rests.
 */
const DELAY_MS = 3500;

/** The same for every system: each call of each function meets each kind with this probability. */
export const faultPlan = (probability: number): FaultRule[] =>
  SERVICES.flatMap((service) =>
    KINDS.map((fault) => ({
      service,
      operation: '*',
      fault,
      probability,
      ...(fault === 'delay' && { delayMs: DELAY_MS }),
    })),
  );
