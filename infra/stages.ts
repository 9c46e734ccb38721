import { z } from 'zod';

/**
 * What differs between environments. Nothing else may: the stack reads these settings and never
 * asks for the stage's name. Durations carry their unit in the name.
 */
const policy = z.enum(['resend', 'hold']);
const unknownPolicy = z.strictObject({ default: policy, purposes: z.record(z.string(), policy).optional() });

const settingsSchema = z.strictObject({
  /** Where the stage is deployed; unset: whatever the CLI's credentials say. */
  region: z.string().optional(),
  /** What happens to data when the stack is deleted. */
  removal: z.enum(['destroy', 'retain']),
  logRetentionDays: z.number().int().positive(),
  /** Who signs the tokens, and which claim names the tenant. */
  jwt: z.strictObject({
    issuer: z.url({ protocol: /^https$/, error: 'jwt.issuer must be an https URL' }),
    audience: z.array(z.string().min(1)).min(1, 'jwt.audience must name at least one audience'),
    scopePrefix: z.string(),
    tenantClaim: z.string().min(1),
  }),
  /** What API Gateway lets through before it answers 429. */
  api: z.strictObject({ ratePerSecond: z.number().int().min(1), burst: z.number().int().min(1) }),
  email: z.strictObject({
    /** Address in the From header. */
    sender: z.email(),
    /** The verified SES identity (domain or address) that the sender belongs to. */
    identity: z.string().min(1),
    /** What the account may send, in recipients a second. */
    ratePerSecond: z.number().positive(),
    /** Longest that SES's events may take to reach our queue: the assumption behind an automatic resend. */
    feedMarginSeconds: z.number().int().min(1),
    /** How far SQS's counts may lag; up to a minute on AWS. */
    feedCountLagSeconds: z.number().int().min(0),
  }),
  sms: z.strictObject({
    /** What the account may send, in messages a second. */
    ratePerSecond: z.number().positive(),
  }),
  /** What to do when a provider's answer stays unknown, per channel; `purposes` names exceptions. */
  onUnknown: z.strictObject({ email: unknownPolicy, sms: unknownPolicy }),
  timing: z.strictObject({
    /** How long the stream may take before `wake-due` publishes an outbox row itself. */
    outboxGraceSeconds: z.number().int().min(1),
    /** How long a notification may stay unclaimed before it is announced again. */
    firstClaimSeconds: z.number().int().min(1),
    /** Pause between two rounds of `wake-due` within its minute. */
    wakeIntervalSeconds: z.number().int().min(1).max(60),
    /** Rows a second that `wake-due` wakes at most. */
    wakeRatePerSecond: z.number().int().min(1),
    senderTimeoutSeconds: z.number().int().min(2),
    providerTimeoutSeconds: z.number().int().min(1),
    /** How long a provider may still work on a call that we gave up. */
    providerInFlightSeconds: z.number().int().min(1),
    /** How long a claim stays valid; its expiry means the outcome is unknown. */
    leaseSeconds: z.number().int().min(1),
    /** How long an unknown outcome waits for evidence before it is settled. */
    unknownDeadlineSeconds: z.number().int().min(1),
    /** How long evidence is waited for before a person has to look. */
    holdAfterSeconds: z.number().int().min(1),
    /** Pause between two looks at an unknown outcome. */
    recheckSeconds: z.number().int().min(1),
  }),
  /** Most senders of one channel at work at once (SQS `MaximumConcurrency`, at least 2). */
  senderConcurrency: z.number().int().min(2).max(1000),
});

export type StageSettings = z.infer<typeof settingsSchema>;

const stages: Record<string, StageSettings> = {
  local: {
    region: 'eu-central-1',
    removal: 'destroy',
    logRetentionDays: 1,
    jwt: {
      issuer: 'https://issuer.counterfoil.example/local',
      audience: ['counterfoil'],
      scopePrefix: 'counterfoil/',
      tenantClaim: 'tenant',
    },
    api: { ratePerSecond: 1000, burst: 2000 },
    email: {
      sender: 'orders@shop.example',
      identity: 'shop.example',
      // What an account gets when it leaves the sandbox, so that pacing can be watched.
      ratePerSecond: 14,
      feedMarginSeconds: 5,
      feedCountLagSeconds: 0,
    },
    sms: { ratePerSecond: 100 },
    onUnknown: { email: { default: 'resend' }, sms: { default: 'hold' } },
    timing: {
      outboxGraceSeconds: 4,
      firstClaimSeconds: 15,
      wakeIntervalSeconds: 1,
      wakeRatePerSecond: 200,
      senderTimeoutSeconds: 7,
      providerTimeoutSeconds: 3,
      providerInFlightSeconds: 2,
      leaseSeconds: 11,
      unknownDeadlineSeconds: 11,
      holdAfterSeconds: 35,
      recheckSeconds: 1,
    },
    senderConcurrency: 2,
  },
  dev: {
    removal: 'destroy',
    logRetentionDays: 14,
    jwt: {
      issuer: 'https://issuer.counterfoil.example/dev',
      audience: ['counterfoil'],
      scopePrefix: 'counterfoil/',
      tenantClaim: 'tenant',
    },
    api: { ratePerSecond: 100, burst: 200 },
    email: {
      sender: 'orders@dev.shop.example',
      identity: 'dev.shop.example',
      ratePerSecond: 1,
      feedMarginSeconds: 900,
      feedCountLagSeconds: 60,
    },
    sms: { ratePerSecond: 1 },
    onUnknown: { email: { default: 'resend' }, sms: { default: 'hold' } },
    timing: {
      outboxGraceSeconds: 60,
      firstClaimSeconds: 300,
      wakeIntervalSeconds: 15,
      wakeRatePerSecond: 100,
      senderTimeoutSeconds: 30,
      providerTimeoutSeconds: 10,
      providerInFlightSeconds: 120,
      leaseSeconds: 45,
      unknownDeadlineSeconds: 1200,
      holdAfterSeconds: 14_400,
      recheckSeconds: 60,
    },
    senderConcurrency: 2,
  },
};

/** Bad or missing settings; `faults` lists every one of them. */
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
 * The validated settings of a stage.
 * @throws InvalidStage naming the stages that exist, or every faulty setting at once.
 */
export function settingsOf(stage: string | undefined): StageSettings {
  const known = Object.keys(stages).join(', ');
  if (stage === undefined || stage === '') throw new InvalidStage([`No stage given. Name one of: ${known}.`]);
  const settings = Object.hasOwn(stages, stage) ? stages[stage] : undefined;
  if (!settings)
    throw new InvalidStage([`Stage "${stage}" does not exist. The stages in infra/stages.ts are: ${known}.`]);
  return validated(stage, settings);
}

/** Checks one stage's settings, alone and against each other. */
export function validated(stage: string, settings: unknown): StageSettings {
  const parsed = settingsSchema.safeParse(settings);
  if (!parsed.success) {
    throw new InvalidStage(
      parsed.error.issues.map((issue) => `Stage "${stage}", ${issue.path.join('.')}: ${issue.message}.`),
    );
  }
  const faults = contradictions(parsed.data).map((fault) => `Stage "${stage}", ${fault}`);
  if (faults.length > 0) throw new InvalidStage(faults);
  return parsed.data;
}

function contradictions({ email, timing, onUnknown }: StageSettings): string[] {
  const faults: string[] = [];
  const domain = email.sender.slice(email.sender.indexOf('@') + 1);
  if (email.identity !== email.sender && email.identity !== domain && !domain.endsWith(`.${email.identity}`)) {
    faults.push(`email.sender: ${email.sender} does not belong to the identity ${email.identity}.`);
  }
  if (timing.providerTimeoutSeconds >= timing.senderTimeoutSeconds) {
    faults.push('timing.providerTimeoutSeconds must be shorter than timing.senderTimeoutSeconds.');
  }
  // A claim may be taken at the start of an invocation and its call made at the very end of it.
  if (timing.leaseSeconds <= timing.senderTimeoutSeconds + timing.providerTimeoutSeconds) {
    faults.push('timing.leaseSeconds must be longer than senderTimeoutSeconds + providerTimeoutSeconds.');
  }
  // Until then the call may still be under way, and its evidence cannot be asked for.
  if (timing.unknownDeadlineSeconds < timing.leaseSeconds) {
    faults.push('timing.unknownDeadlineSeconds must be at least leaseSeconds.');
  }
  const evidenceSeconds = timing.providerInFlightSeconds + email.feedMarginSeconds + email.feedCountLagSeconds;
  if (timing.holdAfterSeconds <= evidenceSeconds) {
    faults.push(`timing.holdAfterSeconds must be longer than evidence may take: ${evidenceSeconds}.`);
  }
  if ([onUnknown.sms.default, ...Object.values(onUnknown.sms.purposes ?? {})].includes('resend')) {
    faults.push('onUnknown.sms: SNS tells nothing about text messages, so nothing would justify a resend; use "hold".');
  }
  return faults;
}
