import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { ENV } from '#shared/names.ts';
import type { OpenTextGateway } from '../text-gateway.ts';
import { endUserMessagingProvider } from './provider.ts';

export const openGateway: OpenTextGateway = () => {
  const origin = readEnvironment({
    originationIdentity: [ENV.originationIdentity, 'text'],
    configurationSet: [ENV.smsConfigurationSet, 'text'],
  });
  return (timeoutMs) => endUserMessagingProvider({ ...origin, timeoutMs });
};
