import * as v from 'valibot';
import type { DataOf, MessageDescription } from '#shared/http/asyncapi/messages.ts';

/** The messages about attachments. They carry the id only, because a file's name may identify a person. */
export const attachmentMessages = {
  AttachmentReleased: {
    summary: 'No message needs the attachment any more, so its bytes are deleted.',
    data: v.object({ attachmentId: v.string() }),
    attributes: { attachments: v.literal('true') },
  },
} satisfies Record<string, MessageDescription>;

export type AttachmentMessageData = DataOf<typeof attachmentMessages>;
