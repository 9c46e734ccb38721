import type { Provider } from '#shared/delivery/provider.ts';
import { ENV, type SmsGateway } from '#shared/names.ts';
import { MisconfiguredFunction, readEnvironment } from './environment.ts';

type ProviderFor = (timeoutMs: number) => Provider;
type Environment = NodeJS.ProcessEnv;

/** Each gateway with its client, which is loaded only where it is chosen: every cold start pays for what is loaded. */
const GATEWAYS: Record<SmsGateway, (environment: Environment) => Promise<ProviderFor>> = {
  async sns(environment) {
    const origin = readEnvironment(
      { originationNumber: [ENV.originationNumber, 'optional text'], senderId: [ENV.senderId, 'optional text'] },
      environment,
    );
    const { snsSmsProvider } = await import('./sns-sms-provider.ts');
    return (timeoutMs) => snsSmsProvider({ ...origin, timeoutMs });
  },
  async 'end-user-messaging'(environment) {
    const origin = readEnvironment(
      { originationIdentity: [ENV.originationIdentity, 'text'], configurationSet: [ENV.smsConfigurationSet, 'text'] },
      environment,
    );
    const { endUserMessagingProvider } = await import('./end-user-messaging-provider.ts');
    return (timeoutMs) => endUserMessagingProvider({ ...origin, timeoutMs });
  },
};

/**
 * The provider of text messages that the stage chose.
 * @throws MisconfiguredFunction for a gateway that does not exist, or one that lacks its settings.
 */
export async function smsGateway(environment: Environment = process.env): Promise<ProviderFor> {
  const { gateway } = readEnvironment({ gateway: [ENV.smsGateway, 'text'] }, environment);
  if (!isGateway(gateway)) {
    const known = Object.keys(GATEWAYS).join(', ');
    throw new MisconfiguredFunction(`Environment: ${ENV.smsGateway} is "${gateway}"; it must be one of ${known}.`);
  }
  return GATEWAYS[gateway](environment);
}

const isGateway = (name: string): name is SmsGateway => Object.hasOwn(GATEWAYS, name);
