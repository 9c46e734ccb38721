import * as v from 'valibot';
import { ENV } from '#shared/names.ts';
import { textGatewayStage } from '../text-gateway-stage.ts';

const settings = {
  /** ARN of the phone number, sender id or pool that sends the messages. */
  originationIdentity: v.pipe(
    v.string(),
    v.regex(
      /^arn:aws[\w-]*:sms-voice:[\w-]+:\d{12}:((phone-number|pool)\/[\w-]+|sender-id\/[\w-]+\/[A-Z]{2})$/,
      'sms.originationIdentity must be the ARN of a phone number, a pool, or a sender id with its country',
    ),
  ),
};

/** AWS End User Messaging, the production recommendation. */
export const gateway = textGatewayStage(
  'end-user-messaging',
  settings,
  ({ originationIdentity }, configurationSet) => ({
    environment: {
      [ENV.originationIdentity]: originationIdentity,
      [ENV.smsConfigurationSet]: configurationSet.name,
    },
    // AWS checks the permission on each resource that a request names: the pool, but neither its numbers nor their opt-out
    // list; and the configuration set, because requests name it.
    permission: { actions: ['sms-voice:SendTextMessage'], resources: [originationIdentity, configurationSet.arn] },
    reportsEvents: true,
  }),
);

declare module '../text-gateway-stage.ts' {
  interface TextGateways {
    'end-user-messaging': typeof gateway;
  }
}
