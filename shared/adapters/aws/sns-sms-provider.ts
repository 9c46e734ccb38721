import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Provider } from '#shared/delivery/provider.ts';
import { answerForFailure } from './provider-answer.ts';
import { oneConnectionACall } from './request-handler.ts';

/** Nothing beyond what every service of AWS says when it cannot be asked. */
const NOT_NOW = new Set<string>();

/** Text messages by SNS: the simplest start. It tells nothing after it accepted, so SENT is final. */
export function snsSmsProvider({ timeoutMs }: { timeoutMs: number }): Provider {
  const client = new SNSClient({ maxAttempts: 1, requestHandler: oneConnectionACall(timeoutMs) });
  return {
    async send({ recipients, rendered }) {
      const [PhoneNumber, ...others] = recipients;
      if (rendered.channel !== 'sms' || others.length > 0)
        throw new TypeError('This provider sends one text message to one number.');
      try {
        const command = new PublishCommand({ PhoneNumber, Message: rendered.body, MessageAttributes: TRANSACTIONAL });
        const { MessageId } = await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
        return MessageId
          ? { kind: 'accepted', providerMessageId: MessageId }
          : { kind: 'unknown', reason: 'NO_MESSAGE_ID' };
      } catch (error) {
        return answerForFailure(error, NOT_NOW);
      }
    },
  };
}

/** Routed for reliability, not for price. */
const TRANSACTIONAL = { 'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' } };
