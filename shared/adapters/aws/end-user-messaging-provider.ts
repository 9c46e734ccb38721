import { PinpointSMSVoiceV2Client, SendTextMessageCommand } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { PROVIDER_ATTEMPTS, type Provider } from '#shared/delivery/provider.ts';
import { tagsOf } from './message-tag.ts';
import { answerTo, type Refusal } from './provider-answer.ts';
import { oneConnectionACall } from './request-handler.ts';
import { textMessage } from './text-message.ts';

export type EndUserMessagingOptions = {
  /** ARN of the phone number, sender id or pool that messages come from. */
  originationIdentity: string;
  /** Whose destination the service tells what became of each message. */
  configurationSet: string;
  timeoutMs: number;
};

/**
 * How long the service may take to hand a message to a carrier. It would try for three days; after one, the
 * confirmation of an order tells nobody anything.
 */
const TIME_TO_LIVE_SECONDS = 24 * 60 * 60;

/**
 * Text messages by AWS End User Messaging. SendTextMessage has no idempotency token: one call, no retry, and a
 * context to know it by, which the service repeats on its events.
 */
export function endUserMessagingProvider(options: EndUserMessagingOptions): Provider {
  const { originationIdentity, configurationSet, timeoutMs } = options;
  const client = new PinpointSMSVoiceV2Client({
    maxAttempts: PROVIDER_ATTEMPTS,
    requestHandler: oneConnectionACall(timeoutMs),
  });
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
      return answerTo(() => client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) }), isNotNow);
    },
  };
}

/** Refusals that are about the account or what it sends from, which its owners can mend, by error name. */
const NOT_NOW: Record<string, (reason: string) => boolean> = {
  // The month's spending limit, most of all: it is raised, or the month ends.
  ServiceQuotaExceededException: () => true,
  // The origination identity was released, or belongs to another region. No message can go out until it is mended.
  ResourceNotFoundException: () => true,
  // The state of what the account sends from (not active yet, an empty pool, a mismatch), or its sandbox.
  ConflictException: (reason) => !REFUSES_RECIPIENT.has(reason),
  // The request is wrong, and stays so, unless it is wrong about whom it comes from.
  ValidationException: (reason) => WRONG_ORIGIN.has(reason),
};

const isNotNow = ({ name, Reason = '' }: Refusal): boolean =>
  Object.hasOwn(NOT_NOW, name) && NOT_NOW[name]?.(Reason) === true;

/** Somebody decided that this number gets no messages: its owner, or a rule of the account made for that. */
const REFUSES_RECIPIENT = new Set([
  'DESTINATION_PHONE_NUMBER_OPTED_OUT',
  'DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION',
  'DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE',
]);

/** The origination identity may not send there, or not yet: another one, or its registration, mends that. */
const WRONG_ORIGIN = new Set([
  'CHANNEL_NOT_ENABLED',
  'COUNTRY_NOT_ENABLED',
  'INTERNATIONAL_SENDING_NOT_SUPPORTED',
  'INVALID_ARN',
  'INVALID_IDENTITY_FOR_DESTINATION_COUNTRY',
  'RESOURCE_NOT_ACCESSIBLE',
  'SENDER_ID_NOT_REGISTERED',
  'SENDER_ID_NOT_SUPPORTED',
  'SENDER_ID_REQUIRES_REGISTRATION',
]);
