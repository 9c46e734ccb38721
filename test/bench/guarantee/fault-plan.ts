import type { FaultRule } from '#test/support/control.ts';

/** The injected kinds of faults: all kinds that the local cloud supports for every call. */
export const KINDS = ['refuse', 'throttle', 'error', 'lose-response', 'delay', 'kill-before', 'kill-after'] as const;

/** All services that functions of the systems call, so that every call is covered. */
const SERVICES = ['dynamodb', 'sns', 'sesv2', 'sqs', 'secretsmanager'];

/**
 * Longer than every timeout of our clients, which is a disadvantage for our system: the alternatives have no timeouts,
 * like the SDK's default. It is within the time in which a provider may still complete a call (`providerTimeoutSeconds`
 * and `providerInFlightSeconds` of stage `local`), on which our guarantee depends.
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
