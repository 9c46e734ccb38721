import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { onFirstUse } from '#shared/adapters/aws/first-use.ts';
import { s3Attachments } from '#shared/adapters/aws/s3-attachments.ts';
import { senderHandler } from '#shared/adapters/aws/sender-handler.ts';
import { sesProvider } from '#shared/adapters/aws/ses-provider.ts';
import { ENV, FUNCTION } from '#shared/names.ts';

const mail = readEnvironment({ sender: [ENV.sender, 'text'], configurationSet: [ENV.configurationSet, 'text'] });
const { bucket } = readEnvironment({ bucket: [ENV.attachmentsBucket, 'text'] });

// What was written by its caller, or was rendered before, is sent as it is kept.
const rendering = onFirstUse(() => import('#shared/domain/notification/rendering/email.ts'));

/** Sends the e-mails that its messages ask for, each if its row permits it. */
export const handler = senderHandler({
  subscriber: FUNCTION.sendEmail,
  channel: 'email',
  render: async (content) => (await rendering()).renderEmail(content),
  providerFor: (timeoutMs) => sesProvider({ ...mail, timeoutMs }),
  objects: s3Attachments({ bucket, timeoutMs: 2000 }),
});
