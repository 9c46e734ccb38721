import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as v from 'valibot';
import { SCOPE } from '#shared/names.ts';
import { someText, strictObject, textLike, whole, withEveryUnknown } from './checked.ts';
import { emailAddress, emailGateways, emailProviderFacts } from './email-gateways.ts';
import {
  bootstrapQualifierText,
  callbackUrl,
  issuerClaim,
  issuerUrl,
  ownClaim,
  partitionOf,
  policyName,
  regionName,
  SCOPE_CHARACTERS,
  scopePrefixText,
  tagKey,
  tagValue,
} from './setting-fields.ts';
import { textGateways } from './text-gateways.ts';

/**
 * Everything that may differ between environments. The stack reads these settings and makes no decision by the stage's
 * name. Names of durations contain their unit.
 */
const policy = v.picklist(['resend', 'hold']);
const unknownPolicy = strictObject({ default: policy, purposes: v.optional(v.record(v.string(), policy)) });

const retentionDays = Object.values(RetentionDays).filter((days) => typeof days === 'number' && days < 9999);

/** Who signs the tokens, and which claim names the tenant. */
const tokens = v.variant('kind', [
  strictObject({
    /** A Cognito user pool of this stage. `npm run tenants` adds its people and machine clients. */
    kind: v.literal('own-pool'),
    /** Identifier of the resource server; its scopes are `<identifier>/<scope>`. */
    resourceServer: textLike(/^[\w.:-]+$/, 'jwt.resourceServer may hold letters, digits and _ . : - only'),
    /** Where Cognito redirects people after sign-in. Unset: only machines get tokens. */
    callbackUrls: v.optional(
      v.pipe(
        v.array(callbackUrl),
        v.nonEmpty('must name one at least'),
        v.maxLength(100, 'must name at most 100: Cognito takes no more for a client'),
      ),
    ),
    /** Claim into which the stage's trigger writes the tenant. */
    tenantClaim: ownClaim,
  }),
  strictObject({
    /** An existing issuer. */
    kind: v.literal('issuer'),
    issuer: issuerUrl,
    /** Accepted `aud` claims. */
    audience: v.optional(v.array(someText)),
    /** Accepted `client_id` claims, for issuers whose access tokens have no `aud`. */
    clientIds: v.optional(v.array(someText)),
    /** Prefix of every scope in a token. May be empty. */
    scopePrefix: scopePrefixText,
    /** Claim of the issuer's access tokens that names the tenant. */
    tenantClaim: issuerClaim,
  }),
]);

/** The service that sends e-mails. Each provider brings its own settings. */
const email = v.variant(
  'provider',
  emailGateways.map(({ settings }) => withEveryUnknown(settings)),
);

/** The service that sends text messages. Each gateway brings its own settings. */
const sms = v.variant(
  'gateway',
  textGateways.map(({ settings }) => withEveryUnknown(settings)),
);

/** A hundred years. JavaScript's dates end at some point, and S3 counts days in 32 bits. */
const MOST_DAYS = 36_500;

/** 90 days. A reminder after a longer time reaches people who no longer know about the order. */
const MOST_REMINDER_SECONDS = 90 * 86_400;

const STREAM_ARN = /^arn:aws[\w-]*:dynamodb:[\w-]+:\d{12}:table\/[\w.-]{3,255}\/stream\/[\w:.-]+$/;

export const settingsSchema = strictObject({
  /** The AWS account into which the stage is deployed. Commands refuse every other account. Unset: any account. */
  account: v.optional(textLike(/^\d{12}$/, 'account must be the 12 digits of an AWS account, as a text')),
  /** The region of the stage. Unset: the region of the credentials' profile. */
  region: v.optional(regionName),
  /** Customers depend on this stage. Settings that could lose data or silence alarms are refused. */
  production: v.boolean(),
  /** What happens to data when the stack is deleted. `retain` also protects the data from deletion. */
  removal: v.picklist(['destroy', 'retain']),
  /**
   * ARN of the stream of a restored table, which the stage uses instead of its own table. `npm run restore` prints the
   * value; docs/how-to/restore.md explains it.
   */
  adoptedTable: v.optional(textLike(STREAM_ARN, 'adoptedTable must be the ARN of a table’s stream')),
  /** `customer-key`: a KMS key of this stage instead of the services' own keys. */
  encryption: v.picklist(['service-keys', 'customer-key']),
  logRetentionDays: v.pipe(
    v.number(),
    v.check((days) => retentionDays.includes(days), `logRetentionDays must be one of ${retentionDays.join(', ')}`),
  ),
  /**
   * How long the contents and recipients of messages are kept after the messages may be sent. Ids, figures and outcomes
   * are kept.
   */
  contentRetentionDays: whole(1, MOST_DAYS),
  /** X-Ray traces. X-Ray charges per trace. */
  tracing: v.boolean(),
  alarms: strictObject({
    /** Addresses that get a mail when an alarm changes. Each address has to confirm once. */
    addresses: v.array(emailAddress),
  }),
  jwt: tokens,
  /** API Gateway's rate limit. Beyond it, API Gateway answers 429. */
  api: strictObject({ ratePerSecond: whole(1), burst: whole(1) }),
  email,
  sms,
  orders: strictObject({
    /** How long an order may stay unconfirmed. Then its contact gets one reminder by e-mail. Unset: never. */
    reminderAfterSeconds: v.optional(whole(1, MOST_REMINDER_SECONDS)),
  }),
  webhooks: strictObject({
    /** Posts a second, to the endpoints of all tenants. */
    ratePerSecond: whole(1),
    /** Pauses between the attempts for one webhook. After the last attempt, a person has to decide. */
    pausesSeconds: v.pipe(v.array(whole(1)), v.nonEmpty('must name one pause at least')),
    /** How long the earlier secret of an endpoint stays valid after a rotation. */
    overlapSeconds: whole(1),
    /**
     * Hosts (`127.0.0.1`, `127.0.0.1:4003`) that webhooks may reach although they are not public, and without TLS. Not
     * for production.
     */
    trustedHosts: v.optional(v.array(someText)),
  }),
  attachments: strictObject({
    /**
     * How long a signed upload can be started. A signature made with a function's own credentials expires after some
     * hours.
     */
    uploadSeconds: whole(60, 3600),
    /** How long a file can be uploaded and referred to by messages. A file without a reference is deleted then. */
    usableSeconds: whole(60),
    /** After this number of days, the bucket deletes every file that still exists. */
    keepDays: whole(1, MOST_DAYS),
  }),
  /** What to do when a provider's answer stays unknown, per channel. `purposes` lists exceptions. */
  onUnknown: strictObject({ email: unknownPolicy, sms: unknownPolicy }),
  timing: strictObject({
    /** How long the stream may take. After that, `wake-due` publishes an outbox row itself. */
    outboxGraceSeconds: whole(1),
    /** How long a notification may stay unclaimed. After that, it is announced again. */
    firstClaimSeconds: whole(1),
    /** Pause between two rounds of `wake-due` within its minute. */
    wakeIntervalSeconds: whole(1, 60),
    /** Most rows that `wake-due` wakes in a second. */
    wakeRatePerSecond: whole(1),
    senderTimeoutSeconds: whole(2, 900),
    providerTimeoutSeconds: whole(1),
    /** How long a provider may still process a call after our timeout. */
    providerInFlightSeconds: whole(1),
    /** How long a claim is valid. When it expires, the outcome is unknown. */
    leaseSeconds: whole(1),
    /** How long an unknown outcome waits for evidence. Then it is settled. */
    unknownDeadlineSeconds: whole(1),
    /** How long to wait for evidence. Then a person has to look. */
    holdAfterSeconds: whole(1),
    /** Pause between two checks of an unknown outcome. */
    recheckSeconds: whole(1),
  }),
  /**
   * The circuit breaker: when calls to a channel's provider stop, because it refuses most of them for reasons of the
   * account.
   */
  circuit: strictObject({
    /** Length of the window in which answers count. */
    windowSeconds: whole(1),
    /** Least number of different messages refused within the window, in one environment of a sender. */
    leastRefused: whole(2),
    /** Least share of refused messages among the answered ones. Both conditions must be met. */
    refusedShare: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
    /** Time from opening to the first probe. The pause doubles after each probe. */
    firstProbeSeconds: whole(1),
    /** Longest pause between two probes. */
    longestProbeSeconds: whole(1),
    /** Longest time that a message waits for a probe before it asks again. */
    longestWaitSeconds: whole(1),
  }),
  /** Most concurrent senders of one channel (SQS `MaximumConcurrency`, at least 2). */
  senderConcurrency: whole(2, 1000),
  /** Which CDK bootstrap deploys the stage, if an account has several. Unset: CDK's default, `hnb659fds`. */
  bootstrapQualifier: v.optional(bootstrapQualifierText),
  /** Permissions boundary: a managed policy of the account that limits every role of the stage. Unset: none. */
  permissionsBoundary: v.optional(policyName),
  /** Tags of all resources of the stage, in addition to `app` and `stage`. */
  tags: v.optional(
    strictObject({
      /** Who is responsible for the stage: the tag `owner`. */
      owner: v.optional(tagValue),
      /** Who pays for the stage: the tag `cost-centre`. */
      costCentre: v.optional(tagValue),
      /** Other tags that an organisation requires, by their keys. */
      others: v.optional(v.record(tagKey, tagValue)),
    }),
  ),
});

export type StageSettings = v.InferOutput<typeof settingsSchema>;

type Ses = Extract<StageSettings['email'], { provider: 'ses' }>;

/** Whether a stage sends its e-mails through SES. Checks of SES are about these stages only. */
export const usesSes = ({ email }: StageSettings): boolean => email.provider === 'ses';

/** The settings of a stage that sends its e-mails through SES. @throws TypeError for any other stage. */
export function sesOf({ email }: StageSettings): Ses {
  if (email.provider !== 'ses') throw new TypeError('The stage does not send through SES.');
  return email;
}

/** Seconds that a sender reserves for recording the outcome of its last call. */
export const RECORDING_SECONDS = 2;

/** How many whole messages one sender invocation can send at its share of the rate. */
export function sendableAtOnce(ratePerSecond: number, { timing, senderConcurrency }: StageSettings): number {
  const usableSeconds = timing.senderTimeoutSeconds - timing.providerTimeoutSeconds - RECORDING_SECONDS;
  return Math.floor((ratePerSecond / senderConcurrency) * usableSeconds);
}

/** Rules that a schema cannot express, each with the settings that it reads. */
const rules: { reads: (keyof StageSettings)[]; faults(settings: StageSettings): string[] }[] = [
  { reads: ['email'], faults: identityFaults },
  { reads: ['jwt'], faults: tokenFaults },
  { reads: ['timing', 'email'], faults: timingFaults },
  { reads: ['timing', 'email', 'sms', 'webhooks', 'senderConcurrency'], faults: paceFaults },
  { reads: ['circuit'], faults: circuitFaults },
  { reads: ['attachments'], faults: attachmentFaults },
  { reads: ['contentRetentionDays'], faults: retentionFaults },
  { reads: ['onUnknown'], faults: unknownFaults },
  { reads: ['region', 'sms'], faults: originationFaults },
  { reads: ['alarms'], faults: repeatedAddressFaults },
  { reads: ['tags'], faults: tagFaults },
  { reads: ['production', 'region'], faults: placeFaults },
  { reads: ['production', 'account'], faults: accountFaults },
  { reads: ['production', 'removal'], faults: lossFaults },
  { reads: ['adoptedTable', 'removal', 'region', 'account'], faults: adoptionFaults },
  { reads: ['production', 'logRetentionDays'], faults: memoryFaults },
  { reads: ['production', 'alarms'], faults: silenceFaults },
  { reads: ['production', 'email', 'onUnknown'], faults: evidenceFaults },
  { reads: ['production', 'webhooks'], faults: trustFaults },
];

/**
 * Settings that contradict each other, each as one sentence.
 * @param faulty settings that are invalid by themselves. A rule that reads one of them is skipped.
 */
export function contradictions(settings: StageSettings, faulty: ReadonlySet<string>): string[] {
  return rules.flatMap(({ reads, faults }) => (reads.some((name) => faulty.has(name)) ? [] : faults(settings)));
}

function identityFaults({ email }: StageSettings): string[] {
  if (email.provider !== 'ses') return [];
  const { sender, identity } = email;
  const domain = sender.slice(sender.lastIndexOf('@') + 1).toLowerCase();
  if (identity === sender || identity === domain || domain.endsWith(`.${identity}`)) return [];
  return [`email.sender: ${sender} does not belong to the identity ${identity}.`];
}

/** API Gateway's quota "audiences per authorizer". It cannot be raised, and client ids count as audiences. */
const MOST_AUDIENCES = 50;

function tokenFaults({ jwt }: StageSettings): string[] {
  const prefix = jwt.kind === 'own-pool' ? `${jwt.resourceServer}/` : jwt.scopePrefix;
  return [...scopeFaults(prefix, jwt.kind), ...(jwt.kind === 'issuer' ? audienceFaults(jwt) : [])];
}

function scopeFaults(prefix: string, kind: StageSettings['jwt']['kind']): string[] {
  const longest = Math.max(...Object.values(SCOPE).map((scope) => scope.length));
  const spare = SCOPE_CHARACTERS - longest - (kind === 'own-pool' ? 1 : 0);
  if (prefix.length + longest <= SCOPE_CHARACTERS) return [];
  const field = kind === 'own-pool' ? 'jwt.resourceServer' : 'jwt.scopePrefix';
  return [`${field}: API Gateway takes scopes of ${SCOPE_CHARACTERS} characters; use ${spare} characters at most.`];
}

function audienceFaults({ audience = [], clientIds = [] }: { audience?: string[]; clientIds?: string[] }): string[] {
  const named = new Set([...audience, ...clientIds]).size;
  if (named === 0)
    return ['jwt.audience or jwt.clientIds must name at least one: without it, API Gateway refuses every token.'];
  if (named <= MOST_AUDIENCES) return [];
  return [
    `jwt.audience and jwt.clientIds name ${named} together, and API Gateway accepts ${MOST_AUDIENCES} in one authorizer; ` +
      'let the issuer put one aud claim into all of these tokens, and name that.',
  ];
}

function timingFaults({ timing, email }: StageSettings): string[] {
  const faults: string[] = [];
  if (timing.providerTimeoutSeconds >= timing.senderTimeoutSeconds) {
    faults.push('timing.providerTimeoutSeconds must be shorter than timing.senderTimeoutSeconds.');
  }
  // A sender may take the claim at the start of an invocation and make the call at the very end.
  if (timing.leaseSeconds <= timing.senderTimeoutSeconds + timing.providerTimeoutSeconds) {
    faults.push('timing.leaseSeconds must be longer than senderTimeoutSeconds + providerTimeoutSeconds.');
  }
  // Until the lease time is over, the call may still be running, so it is too early to evaluate its evidence.
  if (timing.unknownDeadlineSeconds < timing.leaseSeconds) {
    faults.push('timing.unknownDeadlineSeconds must be at least leaseSeconds.');
  }
  const evidenceSeconds = timing.providerInFlightSeconds + email.feedMarginSeconds + email.feedCountLagSeconds;
  if (timing.holdAfterSeconds <= evidenceSeconds) {
    faults.push(`timing.holdAfterSeconds must be longer than evidence may take: ${evidenceSeconds}.`);
  }
  return faults;
}

/** With a share of the rate below one message per invocation, the senders would exceed the account's rate. */
function paceFaults(settings: StageSettings): string[] {
  const { timing } = settings;
  if (timing.providerTimeoutSeconds >= timing.senderTimeoutSeconds) return [];
  return (['email', 'sms', 'webhooks'] as const)
    .filter((channel) => sendableAtOnce(settings[channel].ratePerSecond, settings) < 1)
    .map(
      (channel) =>
        `${channel}.ratePerSecond: ${settings[channel].ratePerSecond} shared by senderConcurrency ${settings.senderConcurrency} ` +
        'is less than one message in what a sender has left of its time; raise timing.senderTimeoutSeconds or lower senderConcurrency.',
    );
}

function circuitFaults({ circuit }: StageSettings): string[] {
  if (circuit.firstProbeSeconds <= circuit.longestProbeSeconds) return [];
  return ['circuit.longestProbeSeconds must be at least circuit.firstProbeSeconds.'];
}

/** A message may be requested this long before it is sent. */
const SEND_AHEAD_DAYS = 30;
/** A person should look at a held or failed message within this time. */
const RESOLVE_DAYS = 30;
const DAY_SECONDS = 86_400;

function retentionFaults({ contentRetentionDays }: StageSettings): string[] {
  if (contentRetentionDays >= RESOLVE_DAYS) return [];
  return [
    `contentRetentionDays: a message that is held has to be there when a person looks; use ${RESOLVE_DAYS} at least.`,
  ];
}

function attachmentFaults({ attachments: { uploadSeconds, usableSeconds, keepDays } }: StageSettings): string[] {
  const faults: string[] = [];
  if (usableSeconds < uploadSeconds) faults.push('attachments.usableSeconds must be at least uploadSeconds.');
  const neededDays = Math.ceil(usableSeconds / DAY_SECONDS) + SEND_AHEAD_DAYS + RESOLVE_DAYS;
  if (keepDays < neededDays) {
    faults.push(
      `attachments.keepDays: a file may be named on its last day by a message that leaves ${SEND_AHEAD_DAYS} days later, ` +
        `and waits ${RESOLVE_DAYS} days for a person then; keep files for ${neededDays} days at least.`,
    );
  }
  return faults;
}

function unknownFaults({ onUnknown }: StageSettings): string[] {
  if (![onUnknown.sms.default, ...Object.values(onUnknown.sms.purposes ?? {})].includes('resend')) return [];
  return ['onUnknown.sms: no evidence about text messages reaches us, so nothing would justify a resend; use "hold".'];
}

/** A stage can only send from an origination identity of its own region. Otherwise every message would wait. */
function originationFaults({ region, sms }: StageSettings): string[] {
  return sms.gateway === 'end-user-messaging'
    ? arnFaults('sms.originationIdentity', sms.originationIdentity, region)
    : [];
}

/** Faults in the region and partition of an ARN, compared with the stage's region. */
function arnFaults(field: string, arn: string, region: string | undefined): string[] {
  const [, partition = '', , itsRegion = ''] = arn.split(':');
  const itsPartition = partitionOf(itsRegion);
  if (itsPartition === undefined)
    return [`${field} names region ${itsRegion}, which does not exist; copy the ARN again.`];
  if (itsPartition !== partition) {
    return [`${field} begins with arn:${partition}, and ${itsRegion} belongs to ${itsPartition}; copy the ARN again.`];
  }
  if (region === undefined || itsRegion === region) return [];
  return [`${field} is in ${itsRegion}, but the stage is in ${region}; use one of the stage’s region.`];
}

/** SNS treats two subscriptions of one address as one, and the second one makes the deployment fail. */
function repeatedAddressFaults({ alarms: { addresses } }: StageSettings): string[] {
  const repeated = addresses.filter((one, index) =>
    addresses.slice(0, index).some((other) => other.toLowerCase() === one.toLowerCase()),
  );
  return [...new Set(repeated)].map((one) => `alarms.addresses names ${one} more than once; name it once.`);
}

/** AWS accepts 50 tags per resource. IAM ignores the case of keys. */
const MOST_TAGS = 50;
const OWN_TAGS = ['app', 'stage', 'owner', 'cost-centre'];

function tagFaults({ tags }: StageSettings): string[] {
  const keys = Object.keys(tags?.others ?? {});
  const own = keys.filter((key) => OWN_TAGS.includes(key.toLowerCase()));
  const repeated = keys.filter((key, index) =>
    keys.slice(0, index).some((other) => other.toLowerCase() === key.toLowerCase()),
  );
  const most = MOST_TAGS - OWN_TAGS.length;
  return [
    ...own.map(
      (key) => `tags.others.${key}: the stage sets this tag itself; use tags.owner, tags.costCentre, or another key.`,
    ),
    ...repeated.map(
      (key) => `tags.others.${key} differs from another key in case only, and IAM takes them for one; keep one.`,
    ),
    ...(keys.length > most
      ? [`tags.others has ${keys.length} tags; AWS takes ${MOST_TAGS} in all, so use ${most} at most.`]
      : []),
  ];
}

function placeFaults({ production, region }: StageSettings): string[] {
  return production && region === undefined
    ? ['region is missing: a production stage must set the region of its data.']
    : [];
}

/** One wrong environment variable selects credentials of another account, so a production stage names its account. */
function accountFaults({ production, account }: StageSettings): string[] {
  return production && account === undefined
    ? ['account is missing: a production stage names the AWS account that it is deployed into.']
    : [];
}

function lossFaults({ production, removal }: StageSettings): string[] {
  return production && removal !== 'retain' ? ['removal: a production stage keeps its data; use "retain".'] : [];
}

function adoptionFaults({ adoptedTable, removal, region, account }: StageSettings): string[] {
  if (adoptedTable === undefined) return [];
  const faults: string[] = [];
  if (removal !== 'retain') {
    faults.push(
      'adoptedTable: the table that the stage has now would be deleted when another takes its place; ' +
        'deploy the stage once with removal "retain" and without adoptedTable, and then with both.',
    );
  }
  const itsAccount = adoptedTable.split(':')[4];
  if (account !== undefined && itsAccount !== account) {
    faults.push(
      `adoptedTable belongs to account ${itsAccount}, and the stage to ${account}; use a table of the stage’s account.`,
    );
  }
  return [...faults, ...arnFaults('adoptedTable', adoptedTable, region)];
}

function memoryFaults({ production, logRetentionDays }: StageSettings): string[] {
  if (!production || logRetentionDays >= 30) return [];
  return ['logRetentionDays: keep a production stage’s logs for 30 days at least.'];
}

function silenceFaults({ production, alarms }: StageSettings): string[] {
  if (!production || alarms.addresses.length > 0) return [];
  return ['alarms.addresses is empty, so no one would be informed about an alarm.'];
}

/** A tenant of a production stage could otherwise reach services inside the account's network. */
function trustFaults({ production, webhooks: { trustedHosts = [] } }: StageSettings): string[] {
  if (!production || trustedHosts.length === 0) return [];
  return ['webhooks.trustedHosts: webhooks of a production stage go to public hosts over https only; leave it out.'];
}

/**
 * An automatic resend relies on these values. If they are too short, customers of a production stage get a message
 * twice.
 */
function evidenceFaults({ production, email, onUnknown }: StageSettings): string[] {
  if (!production) return [];
  const faults: string[] = [];
  const { default: usual, purposes = {} } = onUnknown.email;
  const { latestEventSeconds: seconds, because } = emailProviderFacts(email.provider);
  if ([usual, ...Object.values(purposes)].includes('resend') && email.feedMarginSeconds < seconds) {
    faults.push(
      `email.feedMarginSeconds: ${because}, so below ${seconds} s a late event would be taken for a message not sent; ` +
        'use that, or "hold" in onUnknown.email.',
    );
  }
  if (email.feedCountLagSeconds < 60) {
    faults.push('email.feedCountLagSeconds: the counts of SQS lag by up to a minute; use 60 at least.');
  }
  return faults;
}
