import { callerOf } from '#shared/http/caller.ts';
import { answer, type Call, type CommandPorts, execute } from '#shared/http/command.ts';
import { DERIVED_ID, derivedId } from '#shared/http/derived-id.ts';
import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { RelatedState } from '#shared/messaging/rows.ts';
import { REDRIVE_NOT_FOUND, type RedriveCommand, redriveDecider } from './decider.ts';
import { DEFAULT_PACE, type PlanCommandPorts, planCommand } from './plan-command.ts';
import { frozenSet } from './planning.ts';
import { type Redrive, redriveKey } from './redrive.ts';
import type { PlanRedriveBody, RedriveReasonBody } from './requests.ts';
import { type ReservationPorts, reservationsFor } from './reservations.ts';
import { planView } from './view.ts';

export type RedriveCommandPorts = CommandPorts & ReservationPorts;
export type RedrivePlanPorts = CommandPorts & PlanCommandPorts;

/**
 * Freezes a set and says what its members would do. The set is written first, under a new name, and the redrive that names
 * it last. So a redrive is never seen without its set, and a set of a planning that failed is never used.
 */
export async function planRedrive(call: Call<PlanRedriveBody>, ports: RedrivePlanPorts): Promise<Reply> {
  const { selection: asked, dryRun, ...given } = call.json.valid;
  const { ids, ...filters } = asked;
  const selection = ids ? { ids } : filters;
  if (dryRun) {
    const { plan } = await frozenSet(selection, ports);
    return { ...jsonResponse(JSON.stringify({ plan: planView(plan) })), statusCode: 200 };
  }
  const redriveId = derivedId('redrive', call.tenant, call.idempotencyKey);
  const actor = callerOf(call);
  const pace = { ...DEFAULT_PACE, ...defined(given) };
  // Each try has a set of its own: an earlier try may have been committed, and its set must not change.
  const plan = () => planCommand({ redriveId, actor, selection, setId: ports.random.nonce() }, pace, ports);
  // It is not assumed to be absent: a repetition of the request must not plan again.
  const executed = await execute(
    call,
    {
      decider: redriveDecider,
      key: redriveKey(redriveId),
      path: '/redrives',
      readCommand: plan,
      terms: { actor, nonce: ports.random.nonce() },
    },
    ports,
  );
  return answer(executed, { location: `/redrives/${redriveId}` });
}

/** Without the fields that were not given. */
function defined({ ratePerSecond, canary, stopAbove }: Omit<PlanRedriveBody, 'selection' | 'dryRun'>) {
  return {
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    ...(canary !== undefined && { canary }),
    ...(stopAbove !== undefined && { stopAbove }),
  };
}

/** Starts it, and reserves its groups in the same transaction. */
export async function startRedrive(call: Call<unknown>, ports: RedriveCommandPorts): Promise<Reply> {
  return commanded(call, 'start', { type: 'StartRedrive' }, ports, (redrive) => reservationsFor(redrive, ports));
}

export async function pauseRedrive(call: Call<RedriveReasonBody>, ports: RedriveCommandPorts): Promise<Reply> {
  return commanded(call, 'pause', { type: 'PauseRedrive', ...call.json.valid }, ports);
}

export async function resumeRedrive(call: Call<unknown>, ports: RedriveCommandPorts): Promise<Reply> {
  return commanded(call, 'resume', { type: 'ResumeRedrive' }, ports);
}

export async function stopRedrive(call: Call<RedriveReasonBody>, ports: RedriveCommandPorts): Promise<Reply> {
  return commanded(call, 'stop', { type: 'StopRedrive', ...call.json.valid }, ports);
}

async function commanded(
  call: Call<unknown>,
  verb: string,
  command: RedriveCommand,
  ports: RedriveCommandPorts,
  relatedTo?: (redrive: Redrive) => Promise<RelatedState[]>,
): Promise<Reply> {
  const redriveId = call.pathParameters?.redriveId ?? '';
  const key = redriveKey(redriveId);
  const stored = DERIVED_ID.test(redriveId) ? await ports.redrives.read(key) : undefined;
  if (!stored) return problemResponse(problemOfRejection(REDRIVE_NOT_FOUND));
  const { state } = stored;
  const executed = await execute(
    call,
    {
      decider: redriveDecider,
      key,
      path: `/redrives/${redriveId}/${verb}`,
      command,
      terms: { actor: callerOf(call), nonce: ports.random.nonce() },
      ...(relatedTo && { related: () => relatedTo(state) }),
    },
    ports,
  );
  return answer(executed);
}
