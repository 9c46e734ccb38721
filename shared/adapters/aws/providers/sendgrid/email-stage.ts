import { createPublicKey } from 'node:crypto';
import * as v from 'valibot';
import { ENV } from '#shared/names.ts';
import { emailGatewayStage } from '../email-gateway-stage.ts';

const HOSTS = { global: 'https://api.sendgrid.com', eu: 'https://api.eu.sendgrid.com' };

/** Whether a text is the public key of an ECDSA signature on P-256, as SendGrid shows it: base64 of its DER form. */
function isVerificationKey(text: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

const settings = {
  /** Where SendGrid keeps the data: `eu` for a regional subuser, else `global`. */
  dataResidency: v.picklist(['global', 'eu']),
  /**
   * The verification keys of the signed Event Webhook, as SendGrid shows them. Two during a rotation. None until the
   * first deployment has shown the address of the route: until then, every event is refused and SendGrid repeats it.
   */
  webhookKeys: v.array(
    v.pipe(v.string(), v.check(isVerificationKey, 'must be the verification key of a signed Event Webhook (base64)')),
  ),
};

/** SendGrid, through its Web API v3. */
export const gateway = emailGatewayStage(
  'sendgrid',
  settings,
  {
    // A failed post is repeated "for up to 24 hours after the event occurs". One hour more is the margin.
    latestEventSeconds: 90_000,
    because: 'SendGrid repeats a failed post of events for 24 hours',
    discardingAddress: 'counterfoil-smoke@sink.sendgrid.net',
  },
  ({ dataResidency, webhookKeys }) => ({
    service: 'web-api',
    title: 'SendGrid',
    sending: { [ENV.emailApiUrl]: HOSTS[dataResidency] },
    receiving: { [ENV.emailWebhookKeys]: webhookKeys.join(' ') },
  }),
);

declare module '../email-gateway-stage.ts' {
  interface EmailGateways {
    sendgrid: typeof gateway;
  }
}
