import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { senderHandler } from '#shared/adapters/aws/sender-handler.ts';
import { snsSmsProvider } from '#shared/adapters/aws/sns-sms-provider.ts';
import { renderSms } from '#shared/domain/notification/rendering/sms.ts';
import { ENV, FUNCTION } from '#shared/names.ts';

const origin = readEnvironment({
  originationNumber: [ENV.originationNumber, 'optional text'],
  senderId: [ENV.senderId, 'optional text'],
});

/** Sends text messages through SNS. */
export const handler = senderHandler({
  subscriber: FUNCTION.sendSms,
  channel: 'sms',
  render: renderSms,
  providerFor: (timeoutMs) => snsSmsProvider({ ...origin, timeoutMs }),
});
