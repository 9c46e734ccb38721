import * as v from 'valibot';
import { emailGatewayStage, emailIdentity } from '../email-gateway-stage.ts';

const settings = {
  /** The verified SES identity (domain or address) that the sender belongs to. */
  identity: emailIdentity,
  /**
   * Verified identities of this account that also receive mail. SES also checks the sender's permission on the
   * recipient's identity. Without it, no mail reaches these recipients. In a sandbox account, which reaches only
   * verified identities, list all recipients here.
   */
  recipientIdentities: v.optional(v.array(emailIdentity)),
  /** `create`: the stack creates the identity. `existing`: the identity exists already and is shared with others. */
  identityOwner: v.picklist(['create', 'existing']),
  /** Whether SES reports opens and clicks. To do so, it changes the HTML. Unset: it does not. */
  tracking: v.optional(v.boolean()),
};

/** Amazon SES, in the account of the stage. */
export const gateway = emailGatewayStage(
  'ses',
  settings,
  {
    latestEventSeconds: 900,
    because: 'an event of SES may take a quarter of an hour',
    // It accepts mail from every account, also in the sandbox, and does not affect the reputation.
    discardingAddress: 'success@simulator.amazonses.com',
  },
  ({ identity, identityOwner, recipientIdentities = [], tracking = false }) => ({
    service: 'ses',
    identity,
    identityOwner,
    recipientIdentities,
    isTracking: tracking,
  }),
);

declare module '../email-gateway-stage.ts' {
  interface EmailGateways {
    ses: typeof gateway;
  }
}
