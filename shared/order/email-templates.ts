import type { RenderedEmail } from '#shared/notification/content.ts';
import { type ChannelTemplate, renderedWith } from '#shared/notification/template.ts';
import { ORDER_CANCELLATION } from './cancellation.ts';
import { cancellationEmail } from './cancellation-email.ts';
import { ORDER_CONFIRMATION } from './confirmation.ts';
import { confirmationEmail } from './confirmation-email.ts';

/** The templates of e-mails about orders. The sender of e-mails registers them. */
export const ORDER_EMAILS: readonly ChannelTemplate<RenderedEmail>[] = [
  renderedWith(ORDER_CONFIRMATION, confirmationEmail),
  renderedWith(ORDER_CANCELLATION, cancellationEmail),
];
