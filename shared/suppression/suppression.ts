import { type Decider, NOTHING_ANNOUNCED } from '#shared/messaging/decider.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Channel } from '#shared/names.ts';

/**
 * A tenant's request to suppress a recipient. The suppression itself is another row, which feedback writes too.
 * This row records which requests were handled and when, so that a repetition gets the same answer.
 */
export type SuppressionRequest = {
  status: 'asked';
  channel: Channel;
  /** ISO 8601: time of the last request. */
  since: string;
};

export const SUPPRESSION_REQUEST = shapeOf<SuppressionRequest>('suppressionrequest');

export type Suppress = { type: 'Suppress'; channel: Channel };
export type SuppressionRequested = { type: 'SuppressionRequested'; channel: Channel; at: string };

export const suppressionDecider: Decider<SuppressionRequest, Suppress, SuppressionRequested> = {
  shape: SUPPRESSION_REQUEST,
  decide: ({ channel }, _state, { now }) => ({
    kind: 'accepted',
    events: [{ type: 'SuppressionRequested', channel, at: new Date(now).toISOString() }],
  }),
  evolve: (_state, { channel, at }) => ({ status: 'asked', channel, since: at }),
  announce: () => NOTHING_ANNOUNCED,
  answer: ({ channel, since }) => ({ channel, reason: 'MANUAL', since }),
  due: () => undefined,
};
