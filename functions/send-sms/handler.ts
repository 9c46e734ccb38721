import { senderHandler } from '#shared/adapters/aws/sender-handler.ts';
import { smsGateway } from '#shared/adapters/aws/sms-gateway.ts';
import { renderSms } from '#shared/domain/notification/rendering/sms.ts';
import { FUNCTION } from '#shared/names.ts';

/** Sends the text messages that its messages ask for, each if its row permits it, through the stage's gateway. */
export const handler = senderHandler({
  subscriber: FUNCTION.sendSms,
  channel: 'sms',
  render: renderSms,
  providerFor: await smsGateway(),
});
