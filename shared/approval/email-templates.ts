import type { RenderedEmail } from '#shared/notification/content.ts';
import { type ChannelTemplate, renderedWith } from '#shared/notification/template.ts';
import { approvalEmail } from './approval-email.ts';
import { ORDER_APPROVAL } from './order-approval.ts';

/** The templates of e-mails about approvals. The sender of e-mails registers them. */
export const APPROVAL_EMAILS: readonly ChannelTemplate<RenderedEmail>[] = [renderedWith(ORDER_APPROVAL, approvalEmail)];
