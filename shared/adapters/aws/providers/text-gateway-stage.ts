import * as v from 'valibot';

/** The configuration set that a stage has for text messages, if its gateway reports events. */
export type TextConfigurationSet = { name: string; arn: string };

/** What the sender of text messages needs in a stage. */
export type TextGatewayNeeds = {
  /** Variables of the sender. */
  environment: Record<string, string>;
  /** What the sender may call. Absent: it calls no AWS service to send. */
  permission?: { actions: string[] } & ({ resources: string[] } | { notResources: string[] });
  /** End User Messaging reports events through a configuration set. Any other gateway reports none. */
  reportsEvents?: true;
};

/** Calls in a second that the account or the contract permits. */
export const ratePerSecond = v.pipe(v.number(), v.finite('must be a finite number'), v.gtValue(0));

/**
 * Declares a gateway for text messages to the stack: its settings, and what they mean for a stage. It imports no client
 * and nothing of the stack.
 */
export function textGatewayStage<const Settings extends v.GenericSchema<{ gateway: string; ratePerSecond: number }>>(
  settings: Settings,
  needsOf: (sms: v.InferOutput<Settings>, configurationSet: TextConfigurationSet) => TextGatewayNeeds,
) {
  return {
    settings,
    /** undefined: the stage has chosen another gateway. */
    needs: (sms: { gateway: string }, configurationSet: TextConfigurationSet): TextGatewayNeeds | undefined =>
      v.is(settings, sms) ? needsOf(sms, configurationSet) : undefined,
  };
}
