import { auditIdOf, auditRow } from '#shared/dead-letter/audit.ts';
import type { Announcement, Decider, Decision, Rejection } from '#shared/messaging/decider.ts';
import { dueOf, isInProgress, PLAN_VALID_MS, REDRIVE, type Redrive, stepsOf } from './redrive.ts';
import { redriveView } from './view.ts';

export type RedriveCommand =
  | { type: 'PlanRedrive'; planned: Planned }
  | { type: 'StartRedrive' }
  | { type: 'PauseRedrive'; reason?: string | undefined }
  | { type: 'ResumeRedrive' }
  | { type: 'StopRedrive'; reason?: string | undefined }
  /** Of the worker. `because`: a code, why it ends before all members have ended. */
  | { type: 'EndRedrive'; because?: string | undefined };

/** What a planning knows. */
export type Planned = Pick<
  Redrive,
  'redriveId' | 'actor' | 'selection' | 'ratePerSecond' | 'canary' | 'stopAbove' | 'plan' | 'set'
>;

export type RedriveEvent =
  | { type: 'RedrivePlanned'; at: string; planned: Planned }
  | { type: 'RedriveStarted' | 'RedriveResumed'; at: string; dueAt: number }
  | { type: 'RedrivePaused' | 'RedriveStopped'; at: string; reason?: string }
  | { type: 'RedriveEnded'; at: string; because?: string };

/** Who did it, for the audit entry. */
export type AuditTerms = { actor: string; nonce: string };

/**
 * Plans, starts, pauses, resumes, stops and ends a redrive. Each change has an audit entry in the same transaction. The
 * progress between is written by the worker, without a command.
 */
export const redriveDecider: Decider<Redrive, RedriveCommand, RedriveEvent, AuditTerms> = {
  shape: REDRIVE,
  decide: (command, redrive, { now }) => {
    if (command.type === 'PlanRedrive') return redrive ? rejected(ALREADY_PLANNED) : planned(command.planned, now);
    return redrive ? decidedOn(redrive, command, now) : rejected(REDRIVE_NOT_FOUND);
  },
  evolve: (redrive, event) => {
    if (event.type === 'RedrivePlanned') return newRedrive(event);
    if (!redrive) throw new Error('A redrive begins with its plan.');
    return evolved(redrive, event);
  },
  announce: (events, redrive, { now, correlationId, terms }) =>
    audit(events, redrive, { now, correlationId, ...terms }),
  answer: redriveView,
  due: dueOf,
};

const rejected = (rejection: Rejection): Decision<RedriveEvent> => ({ kind: 'rejected', rejection });

const accepted = (event: RedriveEvent): Decision<RedriveEvent> => ({ kind: 'accepted', events: [event] });

const planned = (plan: Planned, now: number): Decision<RedriveEvent> =>
  accepted({ type: 'RedrivePlanned', at: new Date(now).toISOString(), planned: plan });

type Change = Exclude<RedriveCommand, { type: 'PlanRedrive' }>;

function decidedOn(redrive: Redrive, command: Change, now: number): Decision<RedriveEvent> {
  const at = new Date(now).toISOString();
  const { status } = redrive;
  switch (command.type) {
    case 'StartRedrive':
      if (status !== 'planned') return rejected(ALREADY_STARTED(status));
      if (now > Date.parse(redrive.plan.frozenAt) + PLAN_VALID_MS) return rejected(PLAN_EXPIRED(redrive));
      return accepted({ type: 'RedriveStarted', at, dueAt: now });
    case 'PauseRedrive':
      return status === 'running'
        ? accepted({ type: 'RedrivePaused', at, ...reasonOf(command) })
        : rejected(NOT_RUNNING(status));
    case 'ResumeRedrive':
      return status === 'paused' ? accepted({ type: 'RedriveResumed', at, dueAt: now }) : rejected(NOT_PAUSED(status));
    case 'StopRedrive':
      return isInProgress(redrive)
        ? accepted({ type: 'RedriveStopped', at, ...reasonOf(command) })
        : rejected(NOT_IN_PROGRESS(status));
    case 'EndRedrive':
      return isInProgress(redrive)
        ? accepted({ type: 'RedriveEnded', at, ...(command.because !== undefined && { because: command.because }) })
        : rejected(NOT_IN_PROGRESS(status));
    default:
      return command satisfies never;
  }
}

const reasonOf = ({ reason }: { reason?: string | undefined }) => (reason === undefined ? {} : { reason });

function newRedrive({ at, planned: plan }: Extract<RedriveEvent, { type: 'RedrivePlanned' }>): Redrive {
  const { members } = plan.plan;
  return {
    ...plan,
    status: 'planned',
    createdAt: at,
    steps: stepsOf(plan.canary, members),
    counts: { waiting: members, sent: 0, resolved: 0, failedAgain: 0, skipped: 0, unknown: 0 },
    failures: 0,
  };
}

/** A pause or a stop does not change when the worker continues: it has to see what becomes of the members it has sent. */
function evolved(redrive: Redrive, event: Exclude<RedriveEvent, { type: 'RedrivePlanned' }>): Redrive {
  switch (event.type) {
    case 'RedriveStarted':
      return { ...redrive, status: 'running', startedAt: event.at, dueAt: event.dueAt };
    case 'RedrivePaused':
      return { ...redrive, status: 'paused', ...(event.reason !== undefined && { pausedBecause: event.reason }) };
    case 'RedriveResumed': {
      const { pausedBecause, ...others } = redrive;
      return { ...others, status: 'running', dueAt: event.dueAt };
    }
    case 'RedriveStopped':
      // It is looked at once more: a paused redrive may have members that are marked and not looked at.
      return {
        ...{ ...redrive, status: 'stopped', endedAt: event.at, stoppedBecause: event.reason ?? 'STOPPED' },
        stoppedBy: 'person',
        dueAt: redrive.dueAt ?? Date.parse(event.at),
      };
    case 'RedriveEnded':
      return event.because === undefined
        ? { ...redrive, status: 'done', endedAt: event.at }
        : { ...redrive, status: 'stopped', endedAt: event.at, stoppedBecause: event.because, stoppedBy: 'worker' };
    default:
      return event satisfies never;
  }
}

const ACTION = {
  RedrivePlanned: 'plan-redrive',
  RedriveStarted: 'start-redrive',
  RedrivePaused: 'pause-redrive',
  RedriveResumed: 'resume-redrive',
  RedriveStopped: 'stop-redrive',
  RedriveEnded: 'end-redrive',
} as const;

function audit(
  events: readonly RedriveEvent[],
  { redriveId, plan }: Redrive,
  { now, nonce, actor, correlationId }: AuditTerms & { now: number; correlationId: string },
): Announcement {
  const rows = events.map((event) => {
    const reason = 'reason' in event ? event.reason : 'because' in event ? event.because : undefined;
    return auditRow({
      auditId: auditIdOf(now, nonce),
      at: new Date(now).toISOString(),
      actor,
      correlationId,
      count: plan.members,
      action: ACTION[event.type],
      redriveId,
      ...(reason !== undefined && { reason }),
    });
  });
  return { messages: [], rows };
}

const ALREADY_PLANNED: Rejection = {
  code: 'REDRIVE_EXISTS',
  detail: 'There is a redrive with this id.',
  next: 'Send the request with a new Idempotency-Key.',
};

export const REDRIVE_NOT_FOUND: Rejection = {
  code: 'REDRIVE_NOT_FOUND',
  detail: 'There is no such redrive.',
  next: 'Check the id; GET /redrives lists the redrives.',
};

const ALREADY_STARTED = (status: Redrive['status']): Rejection => ({
  code: 'REDRIVE_STARTED',
  detail: `The redrive was started before. It is ${status}.`,
  next: 'Nothing. GET /redrives/{redriveId} shows its progress. To redrive what is open now, plan another redrive.',
});

const PLAN_EXPIRED = ({ plan: { frozenAt } }: Redrive): Rejection => ({
  code: 'PLAN_EXPIRED',
  detail: `The plan is of ${frozenAt}, and a plan is valid for one hour.`,
  next: 'Plan again with POST /redrives, and start that redrive.',
});

const NOT_RUNNING = (status: Redrive['status']): Rejection => ({
  code: 'REDRIVE_NOT_RUNNING',
  detail: `The redrive is ${status}, so it cannot be paused.`,
  next: 'Nothing. GET /redrives/{redriveId} shows its progress.',
});

const NOT_PAUSED = (status: Redrive['status']): Rejection => ({
  code: 'REDRIVE_NOT_PAUSED',
  detail: `The redrive is ${status}, so it cannot be resumed.`,
  next: 'Nothing. GET /redrives/{redriveId} shows its progress.',
});

const NOT_IN_PROGRESS = (status: Redrive['status']): Rejection => ({
  code: 'REDRIVE_NOT_IN_PROGRESS',
  detail: `The redrive is ${status}, so nothing is left to stop.`,
  next: 'Nothing. A plan that is not started expires after one hour.',
});
