import { mapOf, object, oneOf, optional, readWith } from '#shared/messaging/read.ts';
import type { Channel } from '#shared/names.ts';
import type { OnUnknown } from './settle.ts';

const policy = oneOf('resend', 'hold');
const ofChannel = object({ default: policy, purposes: optional(mapOf(policy)) });
const ofStage = object({ email: ofChannel, sms: ofChannel });

/**
 * The stage's policy for unknown outcomes, from its JSON setting. It has a default per channel and optional exceptions
 * per purpose. A webhook is always repeated, because its receiver recognises a repetition by the notification's id.
 * @throws TypeError that lists the faults of the setting.
 */
export function onUnknownFrom(json: string): (channel: Channel, purpose: string) => OnUnknown {
  const { read: policies, faults } = readWith(ofStage, JSON.parse(json));
  if (faults.length > 0) throw new TypeError(`The policy for unknown outcomes: ${faults.join('; ')}.`);
  return (channel, purpose) =>
    channel === 'webhook' ? 'repeat' : (policies[channel].purposes?.[purpose] ?? policies[channel].default);
}
