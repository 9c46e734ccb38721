import { textGateway } from '#shared/adapters/aws/providers/text-gateway.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { senderHandler } from '#shared/adapters/aws/runtime/sender-handler.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { smsRenderer } from '#shared/tenant-settings/sms-renderer.ts';

const { gateway } = readEnvironment({ gateway: [ENV.smsGateway, 'text'] });
const openGateway = await textGateway(gateway);

/** Sends the text messages that its messages request. It sends a text only if the notification's row permits it. */
export const handler = senderHandler({
  subscriber: FUNCTION.sendSms,
  channel: 'sms',
  render: smsRenderer,
  providerFor: openGateway(),
});
