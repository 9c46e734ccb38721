import type { FaultRule } from '#test/support/control.ts';

/** Kinds of faults that are injected: all that the local cloud knows for any call. */
export const KINDS = ['refuse', 'throttle', 'error', 'lose-response', 'delay', 'kill-before', 'kill-after'] as const;

/** Services that a function of any of the systems calls, so that no call is spared. */
const SERVICES = ['dynamodb', 'sns', 'sesv2', 'sqs', 'secretsmanager'];

/**
 * Beyond every timeout that our clients have, which makes it hardest on ours: the alternatives have none, as is the
 * SDK's default. And within the time that a provider may still work on a call (`providerTimeoutSeconds` and
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
