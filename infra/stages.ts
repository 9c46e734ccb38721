import { checked } from './checked.ts';
import { contradictions } from './setting-rules.ts';
import { type StageSettings, settingsSchema } from './settings.ts';

/** What stages on AWS have in common. */
const deployed = {
  jwt: { kind: 'own-pool', resourceServer: 'counterfoil', tenantClaim: 'tenant' },
  live: true,
  /**
   * A file can be referred to for a week, the message may be sent a month later, a person then has a month to look, and
   * the remaining days are a reserve.
   */
  attachments: { uploadSeconds: 3600, usableSeconds: 7 * 86_400, keepDays: 75 },
  /** Rounds after 5, 10 and 20 minutes. A group that fails once an hour is one incident. */
  automaticRedrives: { enabled: true, coolDownSeconds: 300, calmSeconds: 7200 },
  /** A day. */
  orders: { reminderAfterSeconds: 86_400 },
  onUnknown: { email: { default: 'resend' }, sms: { default: 'hold' } },
  /** Svix's schedule: the last attempt is about 28 hours after the first. A day to install a new secret. */
  webhooks: {
    ratePerSecond: 20,
    pausesSeconds: [5, 300, 1800, 7200, 18_000, 36_000, 36_000],
    overlapSeconds: 86_400,
  },
  /** Minutes rather than seconds, because SES's events may take a quarter of an hour. */
  timing: {
    outboxGraceSeconds: 60,
    firstClaimSeconds: 300,
    wakeIntervalSeconds: 15,
    wakeRatePerSecond: 100,
    pauseCheckSeconds: 60,
    senderTimeoutSeconds: 30,
    providerTimeoutSeconds: 10,
    providerInFlightSeconds: 120,
    leaseSeconds: 45,
    unknownDeadlineSeconds: 1200,
    holdAfterSeconds: 14_400,
    recheckSeconds: 60,
    redriveWaitSeconds: 1200,
  },
  /** A probe costs one call, and an account that AWS has paused stays paused for hours. */
  circuit: {
    windowSeconds: 300,
    leastRefused: 5,
    refusedShare: 0.5,
    firstProbeSeconds: 30,
    longestProbeSeconds: 300,
    longestWaitSeconds: 900,
  },
} satisfies Partial<StageSettings>;

/** The stage that `npm start` runs on this machine. */
const local: StageSettings = {
  region: 'eu-central-1',
  production: false,
  removal: 'destroy',
  encryption: 'service-keys',
  logRetentionDays: 1,
  contentRetentionDays: 30,
  tracing: false,
  alarms: { addresses: [] },
  jwt: {
    kind: 'own-pool',
    resourceServer: 'counterfoil',
    tenantClaim: 'tenant',
    callbackUrls: ['http://localhost:4000/'],
  },
  changes: { kind: 'all-at-once' },
  // The console's port differs between machines, and an origin contains it.
  api: { ratePerSecond: 1000, burst: 2000, origins: ['*'] },
  live: true,
  email: {
    provider: 'ses',
    sender: 'orders@shop.example',
    identity: 'shop.example',
    identityOwner: 'create',
    // The rate of an account that has just left the sandbox, so that pacing can be watched.
    ratePerSecond: 14,
    feedMarginSeconds: 5,
    feedCountLagSeconds: 0,
  },
  sms: { gateway: 'sns', ratePerSecond: 100 },
  attachments: { uploadSeconds: 300, usableSeconds: 3600, keepDays: 75 },
  onUnknown: { email: { default: 'resend' }, sms: { default: 'hold' } },
  timing: {
    outboxGraceSeconds: 4,
    firstClaimSeconds: 15,
    wakeIntervalSeconds: 1,
    wakeRatePerSecond: 200,
    pauseCheckSeconds: 1,
    senderTimeoutSeconds: 7,
    providerTimeoutSeconds: 3,
    providerInFlightSeconds: 2,
    leaseSeconds: 11,
    unknownDeadlineSeconds: 11,
    holdAfterSeconds: 35,
    recheckSeconds: 1,
    redriveWaitSeconds: 60,
  },
  // The receiver of webhooks is the local inbox.
  webhooks: {
    ratePerSecond: 50,
    pausesSeconds: [1, 1, 2, 2, 4],
    overlapSeconds: 60,
    trustedHosts: ['127.0.0.1', 'localhost'],
  },
  circuit: {
    windowSeconds: 30,
    leastRefused: 5,
    refusedShare: 0.5,
    firstProbeSeconds: 2,
    longestProbeSeconds: 4,
    longestWaitSeconds: 4,
  },
  automaticRedrives: { enabled: true, coolDownSeconds: 5, calmSeconds: 60 },
  operatorsEditMessages: true,
  orders: { reminderAfterSeconds: 3600 },
  senderConcurrency: 2,
};

/** The stages that only run on this machine. */
export const LOCAL_STAGES: readonly string[] = ['local', 'local-sendgrid'];

/** Whether a stage only runs on this machine. */
export const isLocal = (stage: string | undefined): boolean => stage !== undefined && LOCAL_STAGES.includes(stage);

/** All stages by name. Replace the example's domains, rates and addresses with your own. */
const stages: Record<string, StageSettings> = {
  local,
  /** The same with SendGrid. The local cloud generates the key that signs the events. */
  'local-sendgrid': {
    ...local,
    email: {
      provider: 'sendgrid',
      sender: local.email.sender,
      dataResidency: 'eu',
      webhookKeys: [],
      ratePerSecond: local.email.ratePerSecond,
      feedMarginSeconds: local.email.feedMarginSeconds,
      feedCountLagSeconds: local.email.feedCountLagSeconds,
    },
  },
  /** A developer's own stage. A sandbox account is enough. */
  dev: {
    ...deployed,
    production: false,
    removal: 'destroy',
    encryption: 'service-keys',
    logRetentionDays: 14,
    contentRetentionDays: 30,
    tracing: false,
    alarms: { addresses: [] },
    changes: { kind: 'all-at-once' },
    api: { ratePerSecond: 100, burst: 200, tenantRatePerSecond: 50 },
    console: {},
    email: {
      provider: 'ses',
      sender: 'orders@dev.shop.example',
      identity: 'dev.shop.example',
      identityOwner: 'create',
      ratePerSecond: 1,
      feedMarginSeconds: 900,
      feedCountLagSeconds: 60,
    },
    sms: { gateway: 'sns', ratePerSecond: 1 },
    senderConcurrency: 2,
  },
  /** Like production, but its data may be deleted. */
  staging: {
    ...deployed,
    production: false,
    region: 'eu-central-1',
    removal: 'destroy',
    encryption: 'customer-key',
    logRetentionDays: 30,
    contentRetentionDays: 90,
    tracing: true,
    alarms: { addresses: ['operations@shop.example'] },
    changes: { kind: 'canary', percent: 10, minutes: 10 },
    api: { ratePerSecond: 200, burst: 400, tenantRatePerSecond: 100 },
    console: {},
    email: {
      provider: 'ses',
      sender: 'orders@staging.shop.example',
      identity: 'staging.shop.example',
      identityOwner: 'create',
      ratePerSecond: 14,
      feedMarginSeconds: 900,
      feedCountLagSeconds: 60,
    },
    sms: { gateway: 'sns', ratePerSecond: 1 },
    senderConcurrency: 2,
  },
  prod: {
    ...deployed,
    production: true,
    account: '111122223333',
    region: 'eu-central-1',
    removal: 'retain',
    encryption: 'customer-key',
    logRetentionDays: 90,
    contentRetentionDays: 365,
    tracing: false,
    alarms: { addresses: ['operations@shop.example'] },
    changes: { kind: 'canary', percent: 10, minutes: 10 },
    api: { ratePerSecond: 500, burst: 1000, tenantRatePerSecond: 250 },
    console: {},
    email: {
      provider: 'ses',
      sender: 'orders@shop.example',
      identity: 'shop.example',
      identityOwner: 'create',
      ratePerSecond: 14,
      feedMarginSeconds: 900,
      feedCountLagSeconds: 60,
    },
    sms: {
      gateway: 'end-user-messaging',
      ratePerSecond: 10,
      originationIdentity: 'arn:aws:sms-voice:eu-central-1:111122223333:pool/pool-example',
    },
    senderConcurrency: 4,
  },
};

/** Invalid or missing settings. `faults` lists all of them. */
export class InvalidStage extends Error {
  readonly code = 'INVALID_STAGE';
  readonly faults: string[];
  constructor(faults: string[]) {
    super(faults.join('\n'));
    this.name = 'InvalidStage';
    this.faults = faults;
  }
}

/**
 * Returns the validated settings of a stage.
 * @throws InvalidStage with the names of the existing stages, or with every faulty setting at once.
 */
export function settingsOf(stage: string | undefined): StageSettings {
  const known = Object.keys(stages).join(', ');
  if (stage === undefined || stage === '') throw new InvalidStage([`No stage given. Name one of: ${known}.`]);
  const settings = Object.hasOwn(stages, stage) ? stages[stage] : undefined;
  if (!settings)
    throw new InvalidStage([`Stage "${stage}" does not exist. The stages in infra/stages.ts are: ${known}.`]);
  return validated(stage, settings);
}

/**
 * Checks one stage's settings: each one alone, and all of them for contradictions.
 * @throws InvalidStage with every fault at once.
 */
export function validated(stage: string, settings: unknown): StageSettings {
  const parsed = checked(settingsSchema, settings);
  const faulty = new Set(parsed.faults.map(({ path }) => String(path[0])));
  const faults = [
    ...stageNameFaults(stage),
    ...parsed.faults.map(({ path, message }) => `${path.join('.')}: ${message}.`),
    ...contradictions(settings as StageSettings, faulty),
  ];
  if (faults.length > 0 || parsed.value === undefined)
    throw new InvalidStage(faults.map((fault) => `Stage "${stage}", ${fault}`));
  return parsed.value;
}

/** A stage's name becomes a part of names that AWS restricts. The sign-in domain has the strictest rules. */
function stageNameFaults(stage: string): string[] {
  const faults: string[] = [];
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(stage)) {
    faults.push('its name: use 1 to 16 lower-case letters, digits and -, beginning with a letter.');
  }
  if (/aws|amazon|cognito/.test(stage)) faults.push('its name: Cognito reserves "aws", "amazon" and "cognito".');
  return faults;
}

/** Names reserved for examples (RFC 2606), and the account of AWS's documentation. */
const PLACEHOLDER = /\.example(\/|$)|(^|:)111122223333(:|$)/;

/**
 * Settings that still have the example's values, each as one sentence. They can be synthesized, so that people can look
 * at the templates. A deployed stage would send nothing with them.
 */
export function placeholdersIn(settings: StageSettings): string[] {
  return textsIn(settings)
    .filter(([, text]) => PLACEHOLDER.test(text))
    .map(([path, text]) => `${path} is still the example’s (${text}); put your own into infra/stages.ts.`);
}

function textsIn(value: unknown, path: string[] = []): [path: string, text: string][] {
  if (typeof value === 'string') return [[path.join('.'), value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsIn(inner, [...path, name]));
}
