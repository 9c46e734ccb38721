import type { Provider } from '#shared/delivery/provider.ts';
import { checkGatewayName } from './gateway-name.ts';

/** An e-mail provider that has read its settings from the environment. */
export type EmailGateway = {
  providerFor: (timeoutMs: number) => Provider;
  /** An address that the provider accepts mail for, reports events about, and never delivers to a person. */
  probeAddress: string;
};

/** Opens an e-mail provider. Each provider exports it as `openGateway` of its `email-gateway.ts`. */
export type OpenEmailGateway = () => EmailGateway;

/**
 * Loads the e-mail provider that the stage has chosen. The import has a pattern, so no list of providers exists.
 * @throws TypeError if the name is no provider's; otherwise the error of the import.
 */
export async function emailGateway(name: string): Promise<EmailGateway> {
  checkGatewayName(name);
  const gateway: { openGateway: OpenEmailGateway } = await import(`./${name}/email-gateway.ts`);
  return gateway.openGateway();
}
