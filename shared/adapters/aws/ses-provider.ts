import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import type { OutgoingMessage, Provider } from '#shared/delivery/provider.ts';
import { answerForFailure } from './provider-answer.ts';
import { oneConnectionACall } from './request-handler.ts';

export type SesOptions = { sender: string; configurationSet: string; timeoutMs: number };

/** Tags of a sent e-mail: SES repeats them on every event about it. */
export const EMAIL_TAG = { tenant: 'tenant', notification: 'notification', attempt: 'attempt' } as const;

/** The account or its set-up may not send just now; that is for its owners to mend, not for a message to die of. */
const NOT_NOW = new Set([
  'LimitExceededException',
  'SendingPausedException',
  'AccountSuspendedException',
  'MailFromDomainNotVerifiedException',
  // The configuration set is gone: replaced under a sender that still runs with the old name.
  'NotFoundException',
]);

/** E-mail by SES v2. SendEmail has no idempotency token: one call, no retry, and tags to know it by. */
export function sesProvider(options: SesOptions): Provider {
  const client = new SESv2Client({ maxAttempts: 1, requestHandler: oneConnectionACall(options.timeoutMs) });
  return {
    async send(message) {
      const input = emailInput(message, options);
      try {
        const { MessageId } = await client.send(new SendEmailCommand(input), {
          abortSignal: AbortSignal.timeout(options.timeoutMs),
        });
        return MessageId
          ? { kind: 'accepted', providerMessageId: MessageId }
          : { kind: 'unknown', reason: 'NO_MESSAGE_ID' };
      } catch (error) {
        return answerForFailure(error, NOT_NOW);
      }
    },
  };
}

function emailInput(
  { tenant, notificationId, attemptNonce, recipients, rendered }: OutgoingMessage,
  options: SesOptions,
): SendEmailCommandInput {
  if (rendered.channel !== 'email') throw new TypeError('This provider sends e-mail.');
  const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
  return {
    FromEmailAddress: options.sender,
    ConfigurationSetName: options.configurationSet,
    Destination: { ToAddresses: [...recipients] },
    EmailTags: [
      { Name: EMAIL_TAG.tenant, Value: tenant },
      { Name: EMAIL_TAG.notification, Value: notificationId },
      { Name: EMAIL_TAG.attempt, Value: attemptNonce },
    ],
    Content: {
      Simple: { Subject: utf8(rendered.subject), Body: { Text: utf8(rendered.text), Html: utf8(rendered.html) } },
    },
  };
}
