import * as v from 'valibot';
import { EMAIL_ADDRESS } from '#shared/names.ts';

/** What the stack makes for the e-mail provider of a stage. */
export type EmailGatewayNeeds =
  /** SES: an identity, a configuration set, and a topic for its events. */
  | {
      service: 'ses';
      identity: string;
      identityOwner: 'create' | 'existing';
      recipientIdentities: readonly string[];
      isTracking: boolean;
    }
  /** A provider outside AWS: a secret for its API key, and a public route to which it posts signed events. */
  | {
      service: 'web-api';
      /** What people call the provider, for descriptions and alarms. */
      title: string;
      /** Variables of every function that sends e-mail. */
      sending: Record<string, string>;
      /** Variables of the function that receives the events. */
      receiving: Record<string, string>;
    };

/**
 * The gateways by their names. The `email-stage.ts` of each gateway declares itself here (`declare module`), so the
 * settings of a stage have the type of every gateway, and no file lists them.
 */
// biome-ignore lint/suspicious/noEmptyInterface: each gateway adds a member.
export interface EmailGateways {}

/** Longest address of a mailbox (RFC 5321). */
const ADDRESS_CHARACTERS = 254;

const isAddress = (text: string): boolean => EMAIL_ADDRESS.test(text) && text.length <= ADDRESS_CHARACTERS;
const PUNYCODE = 'write a domain in other letters in its xn-- form';

/** An e-mail address that can be sent from and to. */
export const emailAddress = v.pipe(
  v.string(),
  v.check(isAddress, `must be an e-mail address, like orders@shop.org; ${PUNYCODE}`),
);

const HOST_LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
/** A domain name in the DNS (RFC 1035): labels of 1 to 63 characters, 253 in total; the last one is not a number. */
const DOMAIN = new RegExp(`^(?=.{1,253}$)(${HOST_LABEL}\\.)+(?!\\d+$)${HOST_LABEL}$`);

/** An SES identity: a domain or an address. */
export const emailIdentity = v.pipe(
  v.string(),
  v.check(
    (text) => (text.includes('@') ? isAddress(text) : DOMAIN.test(text)),
    `must be an identity of SES: a domain in lower case, or an address; ${PUNYCODE}`,
  ),
);

const wholeFrom = (least: number) =>
  v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(least), v.maxValue(Number.MAX_SAFE_INTEGER));

/** Settings of every e-mail provider. */
const common = {
  /** Address in the From header. */
  sender: emailAddress,
  /** The account's rate limit, in recipients a second. */
  ratePerSecond: v.pipe(v.number(), v.finite('must be a finite number'), v.gtValue(0)),
  /** The longest time that the provider's events may take to reach our queue. An automatic resend relies on it. */
  feedMarginSeconds: wholeFrom(1),
  /** How far SQS's message counts may lag behind; up to a minute on AWS. */
  feedCountLagSeconds: wholeFrom(0),
};

/** What is known about an e-mail provider, whatever the stage. */
export type EmailProviderFacts = {
  /** How late an event can be. A production stage that resends automatically has to wait at least as long. */
  latestEventSeconds: number;
  /** Why, as the beginning of a sentence. */
  because: string;
  /** An address that accepts mail and delivers it to no one. The smoke test writes there. */
  discardingAddress: string;
};

type Settings<Name extends string, Fields extends v.ObjectEntries> = v.StrictObjectSchema<
  { provider: v.LiteralSchema<Name, undefined> } & typeof common & Fields,
  undefined
>;

/**
 * Declares an e-mail provider to the stack: its settings, and what they mean for a stage. It imports no client and
 * nothing of the stack.
 * @param name of its folder. @param fields settings in addition to those of every e-mail provider.
 * @param facts what is known about the provider itself.
 */
export function emailGatewayStage<const Name extends string, const Fields extends v.ObjectEntries>(
  name: Name,
  fields: Fields,
  facts: EmailProviderFacts,
  needsOf: (email: v.InferOutput<Settings<Name, Fields>>) => EmailGatewayNeeds,
) {
  const settings: Settings<Name, Fields> = v.strictObject({ provider: v.literal(name), ...common, ...fields });
  return {
    name,
    settings,
    facts,
    /** undefined: the stage has chosen another provider. */
    needs: (email: { provider: string }): EmailGatewayNeeds | undefined =>
      v.is(settings, email) ? needsOf(email) : undefined,
  };
}
