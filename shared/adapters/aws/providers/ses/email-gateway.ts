import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { ENV } from '#shared/names.ts';
import type { OpenEmailGateway } from '../email-gateway.ts';
import { sesProvider } from './provider.ts';

export const openGateway: OpenEmailGateway = () => {
  const mail = readEnvironment({ sender: [ENV.sender, 'text'], configurationSet: [ENV.configurationSet, 'text'] });
  return {
    providerFor: (timeoutMs) => sesProvider({ ...mail, timeoutMs }),
    // SES's mailbox simulator: it accepts every message, delivers none and does not affect the account's reputation.
    probeAddress: 'success+counterfoil-probe@simulator.amazonses.com',
  };
};
