import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { ENV } from '#shared/names.ts';
import type { OpenTextGateway } from '../text-gateway.ts';
import { snsSmsProvider } from './provider.ts';

export const openGateway: OpenTextGateway = () => {
  const origin = readEnvironment({
    originationNumber: [ENV.originationNumber, 'optional text'],
    senderId: [ENV.senderId, 'optional text'],
  });
  return (timeoutMs) => snsSmsProvider({ ...origin, timeoutMs });
};
