import type { Provider } from '#shared/delivery/provider.ts';

/**
 * Opens a gateway for text messages: it reads the gateway's own settings from the environment, and returns what makes
 * its provider. Each gateway exports it as `openGateway` of its `text-gateway.ts`.
 */
export type OpenTextGateway = () => (timeoutMs: number) => Provider;

/** The name of a gateway is the name of its folder. */
const NAME = /^[a-z0-9-]+$/;

/**
 * Loads the gateway that the stage has chosen. The import has a pattern: esbuild bundles each gateway as a file of its
 * own, so no list of gateways exists, and a cold start loads the client of one service only.
 * @throws TypeError if the name is no gateway's; otherwise the error of the import.
 */
export async function textGateway(name: string): Promise<OpenTextGateway> {
  if (!NAME.test(name)) throw new TypeError('The name of a gateway has lower-case letters, digits and -.');
  const gateway: { openGateway: OpenTextGateway } = await import(`./${name}/text-gateway.ts`);
  return gateway.openGateway;
}
