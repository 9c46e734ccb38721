import type { Provider } from '#shared/delivery/provider.ts';

/** An e-mail provider that has read its settings from the environment. */
export type EmailGateway = {
  providerFor: (timeoutMs: number) => Provider;
  /** An address that the provider accepts mail for, reports events about, and never delivers to a person. */
  probeAddress: string;
};

/** Opens an e-mail provider. Each provider exports it as `openGateway` of its `email-gateway.ts`. */
export type OpenEmailGateway = () => EmailGateway;

/** The name of a provider is the name of its folder. */
export const GATEWAY_NAME = /^[a-z0-9-]+$/;

/**
 * Loads the e-mail provider that the stage has chosen. The import has a pattern: esbuild bundles each provider as a file
 * of its own, so no list of providers exists, and a cold start loads the client of one service only.
 * @throws TypeError if the name is no provider's; otherwise the error of the import.
 */
export async function emailGateway(name: string): Promise<EmailGateway> {
  if (!GATEWAY_NAME.test(name)) throw new TypeError('The name of a provider has lower-case letters, digits and -.');
  const gateway: { openGateway: OpenEmailGateway } = await import(`./${name}/email-gateway.ts`);
  return gateway.openGateway();
}
