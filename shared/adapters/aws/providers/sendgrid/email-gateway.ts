import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { secretReader } from '#shared/adapters/aws/runtime/secret.ts';
import { ENV } from '#shared/names.ts';
import type { OpenEmailGateway } from '../email-gateway.ts';
import { sendGridProvider } from './provider.ts';

export const openGateway: OpenEmailGateway = () => {
  const { secretId, ...options } = readEnvironment({
    sender: [ENV.sender, 'text'],
    url: [ENV.emailApiUrl, 'text'],
    stage: [ENV.stage, 'text'],
    secretId: [ENV.emailApiKey, 'text'],
  });
  const openKey = () => secretReader({ secretId });
  return {
    providerFor: (timeoutMs) => sendGridProvider({ ...options, openKey, timeoutMs }),
    // SendGrid accepts mail to this domain, deletes it, and reports the events of a delivered message.
    probeAddress: 'counterfoil-probe@sink.sendgrid.net',
  };
};
