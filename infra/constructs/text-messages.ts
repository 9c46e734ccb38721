import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ENV } from '#shared/names.ts';
import type { StageSettings } from '../settings.ts';
import type { ServiceFunction } from './service-function.ts';

/** What the sender of text messages is told about the gateway that the stage chose. */
export function smsEnvironment({ sms }: StageSettings): Record<string, string> {
  if (sms.gateway === 'end-user-messaging') {
    return { [ENV.smsGateway]: sms.gateway, [ENV.originationIdentity]: sms.originationIdentity };
  }
  return {
    [ENV.smsGateway]: sms.gateway,
    ...(sms.originationNumber && { [ENV.originationNumber]: sms.originationNumber }),
    ...(sms.senderId && { [ENV.senderId]: sms.senderId }),
  };
}

/** Allows sending through the gateway that the stage chose, and through no other. */
export function allowSendingSms(sender: ServiceFunction, { sms }: StageSettings): void {
  if (sms.gateway === 'end-user-messaging') {
    // Checked on each resource that a request names: on a pool, but neither on its numbers nor on their opt-out
    // list; on a configuration set or a protect configuration only where the request names one.
    sender.allow(['sms-voice:SendTextMessage'], [sms.originationIdentity]);
    return;
  }
  // A phone number has no ARN; "everything but topics" is how a text message alone is allowed.
  sender.role.addToPolicy(
    new PolicyStatement({ effect: Effect.ALLOW, actions: ['sns:Publish'], notResources: ['arn:*:sns:*:*:*'] }),
  );
}
