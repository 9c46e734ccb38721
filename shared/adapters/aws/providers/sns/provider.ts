import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { PROVIDER_ATTEMPTS, type Provider } from '#shared/delivery/provider.ts';
import { answerTo } from '../provider-answer.ts';
import { providerLine } from '../provider-line.ts';
import { textMessage } from '../text-message.ts';
import { SNS_REFUSALS } from './refusals.ts';

export type SnsSmsOptions = {
  timeoutMs: number;
  /** The account's number that messages come from, E.164. If it is absent, SNS chooses one. */
  originationNumber?: string | undefined;
  /** Name that messages come from, in countries that allow one. */
  senderId?: string | undefined;
};

/** Text messages by SNS, the simplest setup. SNS sends no events after it accepted a message, so SENT is final. */
export function snsSmsProvider({ timeoutMs, originationNumber, senderId }: SnsSmsOptions): Provider {
  const line = providerLine(timeoutMs, (settings) => new SNSClient({ maxAttempts: PROVIDER_ATTEMPTS, ...settings }));
  const MessageAttributes = {
    // Routed for reliability, not for price.
    'AWS.SNS.SMS.SMSType': text('Transactional'),
    ...(originationNumber && { 'AWS.MM.SMS.OriginationNumber': text(originationNumber) }),
    ...(senderId && { 'AWS.SNS.SMS.SenderID': text(senderId) }),
  };
  return {
    async send(message) {
      const { number, body } = textMessage(message);
      const command = new PublishCommand({ PhoneNumber: number, Message: body, MessageAttributes });
      return answerTo(() => line.call((client, call) => client.send(command, call)), SNS_REFUSALS);
    },
  };
}

const text = (StringValue: string) => ({ DataType: 'String', StringValue });
