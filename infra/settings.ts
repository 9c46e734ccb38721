import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as v from 'valibot';
import { DUE_SHARDS, SHARDED_KINDS } from '#shared/names.ts';
import { someText, strictObject, textLike, whole, withEveryUnknown } from './checked.ts';
import { emailAddress, emailGateways } from './email-gateways.ts';
import {
  bootstrapQualifierText,
  callbackUrl,
  customDomain,
  issuerClaim,
  issuerUrl,
  ownClaim,
  policyName,
  regionName,
  scopePrefixText,
  signInAddress,
  tagKey,
  tagValue,
  webOrigin,
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
    /** Pages to which Cognito redirects people after sign-in, besides the console. Without both, only machines get tokens. */
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

/** CloudWatch needs two readings of a minute and up to three minutes more before a canary's alarm fires. */
const LEAST_CANARY_MINUTES = 10;

/** How requests move to a new version of the functions behind the API. */
const changes = v.variant('kind', [
  strictObject({
    /** All requests at once, when CloudFormation updates the function. No alarm stops this. */
    kind: v.literal('all-at-once'),
  }),
  strictObject({
    /** A part of the requests first. If an alarm fires, the whole update is taken back. */
    kind: v.literal('canary'),
    /** Share of the requests that the new version gets first. */
    percent: whole(1, 50),
    /** How long the new version gets this share. Then it gets all requests. */
    minutes: whole(LEAST_CANARY_MINUTES, 120),
  }),
]);

/** A hundred years. JavaScript's dates end at some point, and S3 counts days in 32 bits. */
const MOST_DAYS = 36_500;

/** Each round queries every shard that is read, so more shards cost more while nothing is due. */
const MOST_SHARDS = 256;

const shards = strictObject({
  /** The shards to which this release writes. */
  written: whole(1, MOST_SHARDS),
  /** The shards that this release queries. */
  read: whole(DUE_SHARDS, MOST_SHARDS),
});

/** 90 days. A reminder after a longer time reaches people who no longer know about the order. */
const MOST_REMINDER_SECONDS = 90 * 86_400;

/** An hour, and a week. Longer pauses would hide that nothing happens. */
const MOST_COOL_DOWN_SECONDS = 3600;
const MOST_CALM_SECONDS = 7 * 86_400;

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
  /**
   * Shards of the due rows that every order writes, for a stage whose traffic is more than eight shards accept. Raise
   * `read` first, and `written` with a later release. Unset: eight.
   */
  dueShards: v.optional(strictObject(v.entriesFromList(SHARDED_KINDS, v.optional(shards)))),
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
  /**
   * Operators' tools may read the functions' logs, with the operator's own credentials. CloudWatch charges for the bytes
   * that a query reads. Unset: no.
   */
  operatorsReadLogs: v.optional(v.boolean()),
  /**
   * Operators may replace the message of a dead letter by an edited one, which a redrive then sends. Unset: no. Switch it on
   * after a deployment of the release that has this setting, because an earlier release handles both messages.
   */
  operatorsEditMessages: v.optional(v.boolean()),
  alarms: strictObject({
    /** Addresses that get a mail when an alarm changes. Each address has to confirm once. */
    addresses: v.array(emailAddress),
  }),
  /** Redrives of dead letters that the dead-letter alarm starts, without a person. */
  automaticRedrives: strictObject({
    /** The switch: `false` starts none, and stops those in progress. */
    enabled: v.boolean(),
    /** Pause before the first round of a group. The second round waits twice, the third four times as long. */
    coolDownSeconds: whole(1, MOST_COOL_DOWN_SECONDS),
    /** How long no dead letter of a group is open until its incident has ended, and the next failure has new rounds. */
    calmSeconds: whole(1, MOST_CALM_SECONDS),
  }),
  jwt: tokens,
  changes,
  /** API Gateway's rate limit. Beyond it, API Gateway answers 429. */
  api: strictObject({
    ratePerSecond: whole(1),
    burst: whole(1),
    /**
     * Commands of one tenant in a second, as a mean of ten seconds. Beyond it, the function answers 429. Unset: a tenant may
     * use the whole rate.
     */
    tenantRatePerSecond: v.optional(whole(1)),
    /**
     * Origins of web pages that may call the API, like `https://console.shop.example`; `*`: any. A page needs a token, as
     * every client does, because browsers add no credentials to these calls. Unset: no page.
     */
    origins: v.optional(v.pipe(v.array(webOrigin), v.nonEmpty('must name one origin at least'))),
    /** A name of its own for the API. Unset: API Gateway names it. */
    domain: v.optional(customDomain),
  }),
  /**
   * Pages learn about changes within a second, through AppSync Events, which charges for each hint and each connection
   * (docs/how-to/live.md). Unset: no, and pages read again every two seconds.
   */
  live: v.optional(v.boolean()),
  /** The console, served by CloudFront from a stack of its own. Unset: the stage has none. */
  console: v.optional(
    strictObject({
      /** A name of its own for the console. Unset: CloudFront names it. */
      domain: v.optional(customDomain),
      /** How people sign in with an existing issuer (`jwt.kind` "issuer"). The client has no secret and uses PKCE. */
      signIn: v.optional(
        strictObject({
          /** The client of the console at the issuer. */
          clientId: someText,
          authorizationEndpoint: signInAddress,
          tokenEndpoint: signInAddress,
          /** Where signing out ends the issuer’s session. Unset: it ends the console’s session only. */
          endSessionEndpoint: v.optional(signInAddress),
        }),
      ),
    }),
  ),
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
    /**
     * Pause between two looks at the pauses of subscribers. 60: `watch-lanes` looks once a minute and ends. Less: it runs
     * all the time, which costs more.
     */
    pauseCheckSeconds: whole(1, 60),
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
    /**
     * How long a redrive waits for the result of a message that it has sent, at least. Then it counts as failed. It always
     * waits until each queue has delivered a failing message for the last time.
     */
    redriveWaitSeconds: whole(1),
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

export type CustomDomain = v.InferOutput<typeof customDomain>;

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
