import { ATTACHMENT_RELEASED } from '#shared/names.ts';

/** The events that the messages about attachments announce. */
export const ATTACHMENT_EVENT_NAMES = { [ATTACHMENT_RELEASED]: 'AttachmentReleased' } as const;
