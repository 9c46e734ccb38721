import type { Provider } from '#shared/delivery/provider.ts';
import { checkGatewayName } from './gateway-name.ts';

/**
 * Opens a gateway for text messages: it reads the gateway's own settings from the environment, and returns what makes
 * its provider. Each gateway exports it as `openGateway` of its `text-gateway.ts`.
 */
export type OpenTextGateway = () => (timeoutMs: number) => Provider;

/**
 * Loads the gateway that the stage has chosen. The import has a pattern, so no list of gateways exists.
 * @throws TypeError if the name is no gateway's; otherwise the error of the import.
 */
export async function textGateway(name: string): Promise<OpenTextGateway> {
  checkGatewayName(name);
  const gateway: { openGateway: OpenTextGateway } = await import(`./${name}/text-gateway.ts`);
  return gateway.openGateway;
}
