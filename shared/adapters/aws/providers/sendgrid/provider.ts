import type { LoadedFile, OutgoingMessage, Provider } from '#shared/delivery/provider.ts';
import { AUTOMATIC_HEADER } from '#shared/notification/content.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import { answerTo } from '../provider-answer.ts';
import { providerLine } from '../provider-line.ts';
import { jsonClient } from './call.ts';
import { argumentsOf } from './custom-arguments.ts';
import { acceptedIdOf } from './message-id.ts';
import { refusalIn, SENDGRID_REFUSALS, SendGridRefusal } from './refusals.ts';

export type SendGridOptions = {
  sender: string;
  /** Base address of the API. */
  url: string;
  /** Name of the stage, which events repeat. */
  stage: string;
  /** Makes a reader of the API key, which reads the key once. */
  openKey: () => () => Promise<string>;
  timeoutMs: number;
};

const ACCEPTED = 202;

/**
 * E-mail by SendGrid's Mail Send API, without its SDK. The API has no idempotency token, so each attempt is one call
 * without a retry. Only an answer 202 with the id of the message is an acceptance.
 * @see https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
 */
export function sendGridProvider({ openKey, url, timeoutMs, ...options }: SendGridOptions): Provider {
  const line = providerLine(timeoutMs, jsonClient);
  let apiKey = openKey();

  const post = (message: OutgoingMessage): Promise<{ MessageId?: string }> =>
    line.call(async (client, call) => {
      // A key that was pasted into a terminal ends with a line break.
      const authorization = `Bearer ${(await apiKey()).trim()}`;
      call.abortSignal.throwIfAborted();
      const body = JSON.stringify(mailOf(message, options));
      const answer = await client.post({ url: `${url}/v3/mail/send`, headers: { authorization }, body }, call);
      if (answer.status !== ACCEPTED) throw refusalIn(answer);
      const id = answer.headers['x-message-id'];
      return typeof id === 'string' && id !== '' ? { MessageId: acceptedIdOf(id) } : {};
    });

  return {
    async send(message) {
      return answerTo(async () => {
        try {
          return await post(message);
        } catch (error) {
          // The key may have been replaced. The next call reads it again.
          if (error instanceof SendGridRefusal && error.isAboutKey) apiKey = openKey();
          throw error;
        }
      }, SENDGRID_REFUSALS);
    },
  };
}

const attachmentOf = ({ name, contentType, bytes }: LoadedFile) => ({
  filename: name,
  type: contentType,
  disposition: 'attachment',
  content: Buffer.from(bytes).toString('base64'),
});

/** RFC 3834: out-of-office responders and ticket systems do not answer a message with this header. */
const AUTOMATIC = { [AUTOMATIC_HEADER.name]: AUTOMATIC_HEADER.value };

/** Everything that changes the content or adds a link to it is off, whatever the settings of the account say. */
const UNCHANGED = {
  click_tracking: { enable: false, enable_text: false },
  open_tracking: { enable: false },
  subscription_tracking: { enable: false },
};

function mailOf(message: OutgoingMessage, { sender, stage }: Pick<SendGridOptions, 'sender' | 'stage'>) {
  const { recipients, rendered, isAutomatic, attachments } = message;
  if (rendered.channel !== 'email') throw new TypeError('This provider sends e-mail.');
  const { name, replyTo } = rendered.sender ?? {};
  return {
    from: { email: sender, ...(name !== undefined && { name: singleLine(name) }) },
    ...(replyTo !== undefined && { reply_to: { email: replyTo } }),
    personalizations: [{ to: recipients.map((email) => ({ email })) }],
    subject: rendered.subject,
    // The order is SendGrid's: the plain text comes first.
    content: [
      { type: 'text/plain', value: rendered.text },
      ...(rendered.html === undefined ? [] : [{ type: 'text/html', value: rendered.html }]),
    ],
    custom_args: argumentsOf(message, stage),
    tracking_settings: UNCHANGED,
    ...(isAutomatic && { headers: AUTOMATIC }),
    ...(attachments && { attachments: attachments.map(attachmentOf) }),
  };
}
