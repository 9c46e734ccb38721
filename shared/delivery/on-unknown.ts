import * as z from 'zod/mini';
import type { OnUnknown } from '#shared/domain/notification/settle.ts';
import type { Channel } from '#shared/names.ts';

const policy = z.enum(['resend', 'hold']);
const schema = z.object({
  email: z.object({ default: policy, purposes: z.optional(z.record(z.string(), policy)) }),
  sms: z.object({ default: policy, purposes: z.optional(z.record(z.string(), policy)) }),
});

/** The stage's policy for unknown outcomes, from its JSON setting: per channel, and per purpose where named. */
export function onUnknownFrom(json: string): (channel: Channel, purpose: string) => OnUnknown {
  const policies = z.parse(schema, JSON.parse(json));
  return (channel, purpose) => policies[channel].purposes?.[purpose] ?? policies[channel].default;
}
