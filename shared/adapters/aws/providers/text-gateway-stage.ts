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

/**
 * The gateways by their names. The `stage.ts` of each gateway declares itself here (`declare module`), so the settings of
 * a stage have the type of every gateway, and no file lists them.
 */
// biome-ignore lint/suspicious/noEmptyInterface: each gateway adds a member.
export interface TextGateways {}

/** Calls in a second that the account or the contract permits. */
const ratePerSecond = v.pipe(v.number(), v.finite('must be a finite number'), v.gtValue(0));

/**
 * Declares a gateway for text messages to the stack: its settings, and what they mean for a stage. It imports no client
 * and nothing of the stack.
 * @param name of its folder. @param fields settings in addition to `gateway` and `ratePerSecond`.
 */
export function textGatewayStage<const Name extends string, const Fields extends v.ObjectEntries>(
  name: Name,
  fields: Fields,
  needsOf: (
    sms: v.InferOutput<v.StrictObjectSchema<Fields, undefined>>,
    configurationSet: TextConfigurationSet,
  ) => TextGatewayNeeds,
) {
  const settings = v.strictObject({ gateway: v.literal(name), ratePerSecond, ...fields });
  return {
    name,
    settings,
    /** undefined: the stage has chosen another gateway. */
    needs: (sms: { gateway: string }, configurationSet: TextConfigurationSet): TextGatewayNeeds | undefined =>
      v.is(settings, sms) ? needsOf(sms, configurationSet) : undefined,
  };
}
