import { emailGateway } from '#shared/adapters/aws/providers/email-gateway.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { senderHandler } from '#shared/adapters/aws/runtime/sender-handler.ts';
import { s3Attachments } from '#shared/adapters/aws/s3/s3-attachments.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { emailRenderer } from '#shared/tenant-settings/email-renderer.ts';

const { provider, bucket } = readEnvironment({
  provider: [ENV.emailProvider, 'text'],
  bucket: [ENV.attachmentsBucket, 'text'],
});
const { providerFor } = await emailGateway(provider);

/** Sends the e-mails that its messages request. It sends an e-mail only if the notification's row permits it. */
export const handler = senderHandler({
  subscriber: FUNCTION.sendEmail,
  channel: 'email',
  render: emailRenderer,
  providerFor,
  objects: s3Attachments({ bucket, timeoutMs: 2000 }),
});
