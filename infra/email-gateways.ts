import {
  type EmailGatewayNeeds,
  type EmailGateways,
  emailAddress,
} from '#shared/adapters/aws/providers/email-gateway-stage.ts';
import { type GatewayForm, gatewaysIn, PROVIDERS } from './gateway-folders.ts';

export type { EmailGatewayNeeds };
export { emailAddress };

/** A provider that a stage can choose. Its `email-stage.ts` adds it to this union. */
type EmailGateway = EmailGateways[keyof EmailGateways];

const FORM: GatewayForm = {
  declaration: 'email-stage.ts',
  made: 'emailGatewayStage',
  others: { 'email-gateway.ts': 'it opens the provider', 'email-events.ts': 'it reads the events of the provider' },
};

/** The e-mail providers in these folders. @throws Error with every folder that is not a complete provider. */
export const emailGatewaysIn = (folder: string): Promise<readonly EmailGateway[]> => gatewaysIn(folder, FORM);

/** The providers that a stage can choose. */
export const emailGateways = await emailGatewaysIn(PROVIDERS);

const named = (name: string): EmailGateway => {
  const found = emailGateways.find((gateway) => gateway.name === name);
  if (!found) throw new Error(`No folder of shared/adapters/aws/providers has the e-mail provider ${name}.`);
  return found;
};

/** What is known about a provider. */
export const emailProviderFacts = (provider: string): EmailGateway['facts'] => named(provider).facts;

/** What the stack makes for the e-mail provider of a stage. */
export function emailNeedsOf(email: { provider: string }): EmailGatewayNeeds {
  const needs = named(email.provider).needs(email);
  if (!needs) throw new Error(`The settings of the e-mail provider ${email.provider} are not valid.`);
  return needs;
}
