import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { s3Attachments } from '#shared/adapters/aws/s3-attachments.ts';
import { senderHandler } from '#shared/adapters/aws/sender-handler.ts';
import { sesProvider } from '#shared/adapters/aws/ses-provider.ts';
import { renderEmail } from '#shared/domain/notification/rendering/email.ts';
import { ENV, FUNCTION } from '#shared/names.ts';

const mail = readEnvironment({ sender: [ENV.sender, 'text'], configurationSet: [ENV.configurationSet, 'text'] });
const { bucket } = readEnvironment({ bucket: [ENV.attachmentsBucket, 'text'] });

/** Sends the e-mails that its messages request. It sends an e-mail only if the notification's row permits it. */
export const handler = senderHandler({
  subscriber: FUNCTION.sendEmail,
  channel: 'email',
  render: renderEmail,
  providerFor: (timeoutMs) => sesProvider({ ...mail, timeoutMs }),
  objects: s3Attachments({ bucket, timeoutMs: 2000 }),
});
