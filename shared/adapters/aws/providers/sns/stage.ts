import * as v from 'valibot';
import { ENV } from '#shared/names.ts';
import { textGatewayStage } from '../text-gateway-stage.ts';

const settings = {
  /** Number that messages are sent from, E.164. Unset: SNS chooses one. */
  originationNumber: v.optional(
    v.pipe(v.string(), v.regex(/^\+[1-9]\d{6,14}$/, 'must be a number in E.164, like +4366012345678')),
  ),
  /** Sender name, in countries that allow one. */
  senderId: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}$/,
        'sms.senderId takes 1 to 11 letters, digits and -, one letter at least',
      ),
    ),
  ),
};

/** SNS is the simplest start. It does not report whether a message was delivered. */
export const gateway = textGatewayStage('sns', settings, ({ originationNumber, senderId }) => ({
  environment: {
    ...(originationNumber && { [ENV.originationNumber]: originationNumber }),
    ...(senderId && { [ENV.senderId]: senderId }),
  },
  // A phone number has no ARN. "Everything but topics" is the way to allow text messages only.
  permission: { actions: ['sns:Publish'], notResources: ['arn:*:sns:*:*:*'] },
}));

declare module '../text-gateway-stage.ts' {
  interface TextGateways {
    sns: typeof gateway;
  }
}
