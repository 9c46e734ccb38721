import type { TextGateways } from '#shared/adapters/aws/providers/text-gateway-stage.ts';
import { type GatewayForm, gatewaysIn, PROVIDERS } from './gateway-folders.ts';

/** A gateway that a stage can choose. Its `stage.ts` adds it to this union. */
type TextGateway = TextGateways[keyof TextGateways];

const FORM: GatewayForm = {
  declaration: 'stage.ts',
  made: 'textGatewayStage',
  others: { 'text-gateway.ts': 'it opens the gateway' },
};

/** The gateways for text messages in these folders. @throws Error with every folder that is not a complete gateway. */
export const textGatewaysIn = (folder: string): Promise<readonly TextGateway[]> => gatewaysIn(folder, FORM);

/** The gateways that a stage can choose. */
export const textGateways = await textGatewaysIn(PROVIDERS);
