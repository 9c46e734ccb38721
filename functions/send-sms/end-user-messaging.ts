import { endUserMessagingProvider } from '#shared/adapters/aws/end-user-messaging-provider.ts';
import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { senderHandler } from '#shared/adapters/aws/sender-handler.ts';
import { renderSms } from '#shared/domain/notification/rendering/sms.ts';
import { ENV, FUNCTION } from '#shared/names.ts';

const origin = readEnvironment({
  originationIdentity: [ENV.originationIdentity, 'text'],
  configurationSet: [ENV.smsConfigurationSet, 'text'],
});

/** Sends text messages through AWS End User Messaging. */
export const handler = senderHandler({
  subscriber: FUNCTION.sendSms,
  channel: 'sms',
  render: renderSms,
  providerFor: (timeoutMs) => endUserMessagingProvider({ ...origin, timeoutMs }),
});
