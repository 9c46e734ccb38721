import { callerOf } from '#shared/http/caller.ts';
import { answer, type Call, type CommandPorts, execute } from '#shared/http/command.ts';
import { DERIVED_ID, derivedId } from '#shared/http/derived-id.ts';
import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { RelatedState } from '#shared/messaging/rows.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { REDRIVE_NOT_FOUND, type RedriveCommand, redriveDecider } from './decider.ts';
import { frozenSet, type PlanningPorts } from './planning.ts';
import type { RedriveSets } from './planning-ports.ts';
import { isInProgress, RESERVATION, type Redrive, type Reservation, redriveKey, reservationKey } from './redrive.ts';
import { redriveInProgress } from './refusals.ts';
import type { PlanRedriveBody, RedriveReasonBody } from './requests.ts';
import { planView } from './view.ts';

export type RedriveCommandPorts = CommandPorts & {
  redrives: Pick<StateStore<Redrive>, 'read'>;
  reservations: Pick<StateStore<Reservation>, 'read'>;
};

export type RedrivePlanPorts = CommandPorts & PlanningPorts & { redriveSets: Pick<RedriveSets, 'writeSet'> };

const DEFAULTS = { ratePerSecond: 50, canary: [1, 10, 100], stopAbove: 0.1 };

/** The rows of a set are kept for this time, whatever becomes of it. A redrive of the largest set takes a day at one a second. */
const SET_KEPT_SECONDS = 90 * 24 * 60 * 60;

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
  const nonce = ports.random.nonce();
  const plan = async (): Promise<RedriveCommand> => {
    const frozen = await frozenSet(selection, ports);
    const set = { id: nonce, chunks: frozen.chunks.length };
    const expiresAt = Math.ceil(ports.clock.now() / 1000) + SET_KEPT_SECONDS;
    await ports.redriveSets.writeSet(set.id, frozen.chunks, expiresAt);
    return {
      type: 'PlanRedrive',
      planned: { redriveId, actor, selection, ...DEFAULTS, ...defined(given), plan: frozen.plan, set },
    };
  };
  // It is not assumed to be absent: a repetition of the request must not plan again.
  const executed = await execute(
    call,
    {
      decider: redriveDecider,
      key: redriveKey(redriveId),
      path: '/redrives',
      readCommand: plan,
      terms: { actor, nonce },
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

/**
 * A group that another redrive has reserved is free if that redrive has ended, because it never runs again.
 * @throws RequestRefused if it has not.
 */
async function reservationsFor({ redriveId, plan }: Redrive, ports: RedriveCommandPorts): Promise<RelatedState[]> {
  return Promise.all(
    plan.groups.map(async ({ fingerprint }) => {
      const key = reservationKey(fingerprint);
      const before = await ports.reservations.read(key);
      const other = before && (await ports.redrives.read(redriveKey(before.state.redriveId)));
      if (other && other.state.redriveId !== redriveId && isInProgress(other.state))
        throw redriveInProgress(other.state, fingerprint);
      const version = before?.version ?? 0;
      const state: Reservation = { fingerprint, redriveId };
      const schemaVersion = before?.schemaVersion ?? RESERVATION.written;
      return { key, expectedVersion: version, next: { schemaVersion, version: version + 1, state } };
    }),
  );
}
