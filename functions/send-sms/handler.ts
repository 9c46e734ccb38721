import { endUserMessagingProvider } from '#shared/adapters/aws/providers/end-user-messaging-provider.ts';
import { snsSmsProvider } from '#shared/adapters/aws/providers/sns-sms-provider.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { senderHandler } from '#shared/adapters/aws/runtime/sender-handler.ts';
import type { Provider } from '#shared/delivery/provider.ts';
import { ENV, FUNCTION, type SmsGateway } from '#shared/names.ts';
import { rendererOf } from '#shared/notification/template.ts';
import { ORDER_TEXTS } from '#shared/order/sms-templates.ts';

/** One provider for each gateway that a stage can choose (`sms.gateway`). Each provider reads only its own settings. */
const PROVIDERS: Record<SmsGateway, () => (timeoutMs: number) => Provider> = {
  sns: () => {
    const origin = readEnvironment({
      originationNumber: [ENV.originationNumber, 'optional text'],
      senderId: [ENV.senderId, 'optional text'],
    });
    return (timeoutMs) => snsSmsProvider({ ...origin, timeoutMs });
  },
  'end-user-messaging': () => {
    const origin = readEnvironment({
      originationIdentity: [ENV.originationIdentity, 'text'],
      configurationSet: [ENV.smsConfigurationSet, 'text'],
    });
    return (timeoutMs) => endUserMessagingProvider({ ...origin, timeoutMs });
  },
};

const { gateway } = readEnvironment({ gateway: [ENV.smsGateway, 'text'] });
if (!Object.hasOwn(PROVIDERS, gateway))
  throw new TypeError(`${ENV.smsGateway} is "${gateway}"; valid: ${Object.keys(PROVIDERS).join(', ')}.`);

/** Sends the text messages that its messages request. It sends a text only if the notification's row permits it. */
export const handler = senderHandler({
  subscriber: FUNCTION.sendSms,
  channel: 'sms',
  render: rendererOf(ORDER_TEXTS),
  providerFor: PROVIDERS[gateway as SmsGateway](),
});
