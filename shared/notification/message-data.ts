import * as v from 'valibot';
import type { DataOf, MessageDescription } from '#shared/http/asyncapi/messages.ts';
import { channel } from '#shared/recipient/channel.ts';

const figures = {
  notificationId: v.string(),
  channel,
  /** Ids of its attachments. */
  attachments: v.optional(v.pipe(v.array(v.string()), v.readonly())),
};
const attributes = { channel, attachments: v.optional(v.literal('true')) };
/** A code, never a provider's text, because such texts quote addresses. */
const reason = v.string();

const about = (summary: string) => ({ summary, data: v.object(figures), attributes });
const aboutReason = (summary: string) => ({ summary, data: v.object({ ...figures, reason }), attributes });

/** The messages about notifications. They carry ids and codes, never an address or content. */
export const notificationMessages = {
  NotificationRequested: {
    summary: 'Internal: a sender should process the notification.',
    data: v.object({ notificationId: v.string(), channel }),
    attributes: { channel },
  },
  NotificationSent: about('A provider accepted it, or a person confirmed that it was sent.'),
  NotificationFailed: aboutReason('A provider refused it permanently. `reason` is a code.'),
  NotificationHeld: aboutReason('A person has to decide about it. `reason` is a code.'),
  NotificationDoubled: about('Two attempts were accepted.'),
  NotificationSuppressed: about('Every recipient is suppressed, so it was not sent.'),
  NotificationCancelled: about('A person cancelled it.'),
  NotificationDelivered: about('The outcome is known for every recipient, and at least one has received it.'),
  NotificationBounced: about('It bounced permanently for the first time, for any recipient.'),
  NotificationComplained: about('A recipient complained for the first time.'),
  NotificationRejected: about('The provider gave it up after accepting it.'),
} satisfies Record<string, MessageDescription>;

export type NotificationMessageData = DataOf<typeof notificationMessages>;
