import { PinpointSMSVoiceV2Client, SendTextMessageCommand } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { PROVIDER_ATTEMPTS, type Provider } from '#shared/delivery/provider.ts';
import { tagsOf } from '../message-tag.ts';
import { answerTo } from '../provider-answer.ts';
import { providerLine } from '../provider-line.ts';
import { textMessage } from '../text-message.ts';
import { END_USER_MESSAGING_REFUSALS } from './refusals.ts';

export type EndUserMessagingOptions = {
  /** ARN of the phone number, sender id or pool that messages come from. */
  originationIdentity: string;
  /** The configuration set whose event destination receives the events of each message. */
  configurationSet: string;
  timeoutMs: number;
};

/**
 * How long the service may take to pass a message to a carrier. Its default is three days. After one day, the
 * confirmation of an order is of no use.
 */
const TIME_TO_LIVE_SECONDS = 24 * 60 * 60;

/**
 * Text messages by AWS End User Messaging. SendTextMessage has no idempotency token, so each attempt is one call
 * without a retry. The call has a context that identifies the attempt, and the service repeats it on its events.
 */
export function endUserMessagingProvider(options: EndUserMessagingOptions): Provider {
  const { originationIdentity, configurationSet, timeoutMs } = options;
  const line = providerLine(
    timeoutMs,
    (settings) => new PinpointSMSVoiceV2Client({ maxAttempts: PROVIDER_ATTEMPTS, ...settings }),
  );
  return {
    async send(message) {
      const { number, body } = textMessage(message);
      const command = new SendTextMessageCommand({
        DestinationPhoneNumber: number,
        OriginationIdentity: originationIdentity,
        ConfigurationSetName: configurationSet,
        MessageBody: body,
        MessageType: 'TRANSACTIONAL',
        TimeToLive: TIME_TO_LIVE_SECONDS,
        Context: tagsOf(message),
      });
      return answerTo(() => line.call((client, call) => client.send(command, call)), END_USER_MESSAGING_REFUSALS);
    },
  };
}
