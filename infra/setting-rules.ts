import { SCOPE } from '#shared/names.ts';
import { emailProviderFacts } from './email-gateways.ts';
import { partitionOf, SCOPE_CHARACTERS } from './setting-fields.ts';
import { type CustomDomain, type StageSettings, sendableAtOnce } from './settings.ts';

/** Rules that a schema cannot express, each with the settings that it reads. */
const rules: { reads: (keyof StageSettings)[]; faults(settings: StageSettings): string[] }[] = [
  { reads: ['email'], faults: identityFaults },
  { reads: ['jwt'], faults: tokenFaults },
  { reads: ['timing', 'email'], faults: timingFaults },
  { reads: ['timing', 'email', 'sms', 'webhooks', 'senderConcurrency'], faults: paceFaults },
  { reads: ['api'], faults: rateFaults },
  { reads: ['circuit'], faults: circuitFaults },
  { reads: ['dueShards'], faults: shardFaults },
  { reads: ['automaticRedrives'], faults: automaticRedriveFaults },
  { reads: ['timing'], faults: redriveFaults },
  { reads: ['attachments'], faults: attachmentFaults },
  { reads: ['contentRetentionDays'], faults: retentionFaults },
  { reads: ['onUnknown'], faults: unknownFaults },
  { reads: ['region', 'sms'], faults: originationFaults },
  { reads: ['alarms'], faults: repeatedAddressFaults },
  { reads: ['tags'], faults: tagFaults },
  { reads: ['console', 'jwt'], faults: consoleSignInFaults },
  { reads: ['console', 'region'], faults: consolePlaceFaults },
  { reads: ['console', 'api', 'region', 'account'], faults: domainFaults },
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

/** A limit that no tenant can reach protects no other tenant. */
function rateFaults({ api: { ratePerSecond, tenantRatePerSecond } }: StageSettings): string[] {
  if (tenantRatePerSecond === undefined || tenantRatePerSecond < ratePerSecond) return [];
  return [
    `api.tenantRatePerSecond: ${tenantRatePerSecond} is not below api.ratePerSecond (${ratePerSecond}), so one tenant can use all of it.`,
  ];
}

/** A row on a shard that the release does not query would wait forever. */
function shardFaults({ dueShards = {} }: StageSettings): string[] {
  return Object.entries(dueShards).flatMap(([kind, shards]) =>
    shards && shards.written > shards.read
      ? [
          `dueShards.${kind}.written: ${shards.written} shards would be written and only ${shards.read} read. ` +
            'Raise read first, deploy, and raise written with the next release.',
        ]
      : [],
  );
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

/** A group that fails again after a round is the same incident. Otherwise its rounds would never end. */
function automaticRedriveFaults({ automaticRedrives: { coolDownSeconds, calmSeconds } }: StageSettings): string[] {
  const longestPause = 4 * coolDownSeconds;
  if (calmSeconds > longestPause) return [];
  return [
    `automaticRedrives.calmSeconds must be longer than the pause before the third round, 4 × coolDownSeconds: ${longestPause}.`,
  ];
}

/** A message that fails is received again after the visibility timeout of its queue, six times the function's timeout. */
function redriveFaults({ timing: { redriveWaitSeconds, senderTimeoutSeconds } }: StageSettings): string[] {
  const nextReceive = 6 * senderTimeoutSeconds;
  if (redriveWaitSeconds > nextReceive) return [];
  return [
    `timing.redriveWaitSeconds must be longer than 6 × senderTimeoutSeconds, after which a sender receives a message again: ${nextReceive}.`,
  ];
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

/** The console signs people in at the stage’s own pool by itself, and at an existing issuer with what the settings say. */
function consoleSignInFaults({ console, jwt }: StageSettings): string[] {
  if (!console) return [];
  if (jwt.kind === 'own-pool')
    return console.signIn
      ? [
          'console.signIn is for a stage with an existing issuer; the stage’s own pool has a client for it: leave it out.',
        ]
      : [];
  if (!console.signIn)
    return [
      'console.signIn is missing: people sign in at jwt.issuer, so name the console’s client there and the issuer’s endpoints.',
    ];
  const { clientId } = console.signIn;
  if ((jwt.audience ?? []).length > 0 || jwt.clientIds?.includes(clientId)) return [];
  return [
    `console.signIn.clientId: jwt.clientIds does not name ${clientId}, so the API would refuse its tokens; add it.`,
  ];
}

/** The global CloudFront serves the partition `aws`. The one of China has other rules, and GovCloud has none. */
function consolePlaceFaults({ console, region }: StageSettings): string[] {
  if (!console || region === undefined || partitionOf(region) === 'aws') return [];
  return [
    `console: ${region} belongs to ${partitionOf(region)}, which the global CloudFront does not serve; leave it out.`,
  ];
}

/** CloudFront reads certificates in this region only. */
const CLOUDFRONT_REGION = 'us-east-1';

function domainFaults(settings: StageSettings): string[] {
  const { console, api, region } = settings;
  const [ofConsole, ofApi] = [console?.domain, api.domain];
  return [
    ...(ofConsole
      ? [...consoleCertificateFaults(ofConsole), ...nameFaults('console.domain', ofConsole, settings)]
      : []),
    ...(ofApi
      ? [
          ...arnFaults('api.domain.certificate', ofApi.certificate, region),
          ...nameFaults('api.domain', ofApi, settings),
        ]
      : []),
    ...(ofApi && ofApi.name === ofConsole?.name
      ? [`console.domain.name and api.domain.name are both ${ofApi.name}; give each its own name.`]
      : []),
  ];
}

function consoleCertificateFaults({ certificate }: CustomDomain): string[] {
  const region = certificate.split(':')[3];
  if (region === CLOUDFRONT_REGION) return [];
  return [
    `console.domain.certificate is in ${region}, and CloudFront reads certificates in ${CLOUDFRONT_REGION} only; request one there.`,
  ];
}

function nameFaults(
  field: string,
  { name, certificate, hostedZone }: CustomDomain,
  { account }: Pick<StageSettings, 'account'>,
): string[] {
  const owner = certificate.split(':')[4];
  const isInZone = !hostedZone || name === hostedZone.name || name.endsWith(`.${hostedZone.name}`);
  return [
    ...(account === undefined || owner === account
      ? []
      : [
          `${field}.certificate belongs to account ${owner}, and the stage to ${account}; use one of the stage’s account.`,
        ]),
    ...(isInZone
      ? []
      : [`${field}.hostedZone: ${name} is not in the zone ${hostedZone.name}; name the zone of its records.`]),
  ];
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
