import { sesProvider } from '#shared/adapters/aws/providers/ses/provider.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { senderHandler } from '#shared/adapters/aws/runtime/sender-handler.ts';
import { s3Attachments } from '#shared/adapters/aws/s3/s3-attachments.ts';
import { APPROVAL_EMAILS } from '#shared/approval/email-templates.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { rendererOf } from '#shared/notification/template.ts';
import { ORDER_EMAILS } from '#shared/order/email-templates.ts';
import { REMINDER_EMAILS } from '#shared/reminder/email-templates.ts';

const mail = readEnvironment({ sender: [ENV.sender, 'text'], configurationSet: [ENV.configurationSet, 'text'] });
const { bucket } = readEnvironment({ bucket: [ENV.attachmentsBucket, 'text'] });

/** Sends the e-mails that its messages request. It sends an e-mail only if the notification's row permits it. */
export const handler = senderHandler({
  subscriber: FUNCTION.sendEmail,
  channel: 'email',
  render: rendererOf(ORDER_EMAILS, APPROVAL_EMAILS, REMINDER_EMAILS),
  providerFor: (timeoutMs) => sesProvider({ ...mail, timeoutMs }),
  objects: s3Attachments({ bucket, timeoutMs: 2000 }),
});
