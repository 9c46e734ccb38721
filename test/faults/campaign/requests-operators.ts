import { derivedId } from '#shared/http/derived-id.ts';
import type { PlannedRedrive, PlannedShift } from './plan-operators.ts';
import type { PlannedRequest } from './requests.ts';

/** The requests of operators about dead letters, redrives and subscribers. */

type Kind = PlannedRequest['kind'];

/** They belong to no tenant. */
const OF_STAGE = { tenant: '', channels: [], refused: false };

/** The key of a task. */
export const shiftKey = (run: string, { number }: Pick<PlannedShift, 'number'>): string =>
  `campaign-${run}-SHIFT-${number}`;

type Body = Record<string, unknown>;

/** Commands whose own state is the audit entry. */
const audited = (kind: Kind, key: string, path: string, body: Body): PlannedRequest => ({
  ...{ ...OF_STAGE, kind, orderId: 'audit', key, path, body },
});

export const discarding = (key: string, deadLetterId: string, reason: string): PlannedRequest =>
  audited('discard', key, `/dead-letters/${deadLetterId}/discard`, { reason });

export const owning = (key: string, fingerprint: string, owner: string): PlannedRequest => ({
  ...audited('own', key, `/dead-letters/groups/${fingerprint}`, { owner, note: `Note of ${owner}` }),
  method: 'PATCH',
});

export const switching = (
  kind: 'pause-subscriber' | 'resume-subscriber',
  key: string,
  subscriber: string,
  reason: string,
): PlannedRequest => {
  const path = `/subscribers/${subscriber}/${kind === 'pause-subscriber' ? 'pause' : 'resume'}`;
  return { ...OF_STAGE, kind, orderId: 'stage', key, path, body: { reason } };
};

const aboutRedrive = (kind: Kind, key: string, path: string, body: Body): PlannedRequest => ({
  ...{ ...OF_STAGE, kind, orderId: 'redrives', key, path, body },
});

export type Selection = Record<string, string | readonly string[]>;

export const planning = (
  key: string,
  selection: Selection,
  { ratePerSecond, canary, stopAbove }: Pick<PlannedRedrive, 'ratePerSecond' | 'canary' | 'stopAbove'>,
): PlannedRequest =>
  aboutRedrive('plan-redrive', key, '/redrives', { selection, ratePerSecond, canary: [...canary], stopAbove });

/** Id of the redrive that this request plans. */
export const redriveIdOf = ({ tenant, key }: PlannedRequest): string => derivedId('redrive', tenant, key);

type Verb = 'start' | 'pause' | 'resume' | 'stop';

export const commanding = (verb: Verb, key: string, redriveId: string, reason?: string): PlannedRequest =>
  aboutRedrive(`${verb}-redrive`, key, `/redrives/${redriveId}/${verb}`, reason === undefined ? {} : { reason });

/** Refusals that are not stored under their key: another try may be accepted, if dead letters or pauses have changed. */
const REFUSALS: Partial<Record<Kind, readonly string[]>> = {
  discard: ['DEAD_LETTER_NOT_OPEN'],
  'plan-redrive': ['NOTHING_SELECTED', 'DEAD_LETTER_NOT_OPEN'],
  'start-redrive': ['REDRIVE_IN_PROGRESS', 'SUBSCRIBER_PAUSED'],
};

type Answer = { request: Pick<PlannedRequest, 'kind'>; status: number; text: string };

export const isRefusal = ({ request, status, text }: Answer): boolean =>
  (status === 409 || status === 422) && (REFUSALS[request.kind] ?? []).some((code) => text.includes(`"${code}"`));
