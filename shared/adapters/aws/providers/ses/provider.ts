import { type Attachment, SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { type LoadedFile, type OutgoingMessage, PROVIDER_ATTEMPTS, type Provider } from '#shared/delivery/provider.ts';
import { AUTOMATIC_HEADER } from '#shared/notification/content.ts';
import { tagsOf } from '../message-tag.ts';
import { answerTo } from '../provider-answer.ts';
import { providerLine } from '../provider-line.ts';
import { mailbox } from './mailbox.ts';
import { SES_REFUSALS } from './refusals.ts';

export type SesOptions = { sender: string; configurationSet: string; timeoutMs: number };

/**
 * E-mail by SES v2. SendEmail has no idempotency token, so each attempt is one call without a retry. The tags identify
 * the attempt.
 */
export function sesProvider(options: SesOptions): Provider {
  const line = providerLine(
    options.timeoutMs,
    (settings) => new SESv2Client({ maxAttempts: PROVIDER_ATTEMPTS, ...settings }),
  );
  return {
    async send(message) {
      const command = new SendEmailCommand(emailInput(message, options));
      return answerTo(() => line.call((client, call) => client.send(command, call)), SES_REFUSALS);
    },
  };
}

const attachmentOf = ({ name, contentType, bytes }: LoadedFile): Attachment => ({
  FileName: name,
  ContentType: contentType,
  ContentDisposition: 'ATTACHMENT',
  ContentTransferEncoding: 'BASE64',
  RawContent: bytes,
});

const AUTOMATIC = [{ Name: AUTOMATIC_HEADER.name, Value: AUTOMATIC_HEADER.value }];

function emailInput(message: OutgoingMessage, options: SesOptions): SendEmailCommandInput {
  const { recipients, rendered, isAutomatic, attachments } = message;
  if (rendered.channel !== 'email') throw new TypeError('This provider sends e-mail.');
  const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
  return {
    FromEmailAddress: mailbox(rendered.sender?.name, options.sender),
    ...(rendered.sender?.replyTo !== undefined && { ReplyToAddresses: [rendered.sender.replyTo] }),
    ConfigurationSetName: options.configurationSet,
    Destination: { ToAddresses: [...recipients] },
    EmailTags: Object.entries(tagsOf(message)).map(([Name, Value]) => ({ Name, Value })),
    Content: {
      Simple: {
        Subject: utf8(rendered.subject),
        Body: { Text: utf8(rendered.text), ...(rendered.html !== undefined && { Html: utf8(rendered.html) }) },
        ...(isAutomatic && { Headers: AUTOMATIC }),
        ...(attachments && { Attachments: attachments.map(attachmentOf) }),
      },
    },
  };
}
