import { DERIVED_ID } from '#shared/api/derived-id.ts';
import type { ErasureView } from '#shared/api/responses.ts';
import type { Erasure } from '#shared/domain/erasure/erasure.ts';
import { type HttpEvent, type HttpResponse, jsonResponse } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { OfTenant } from '#shared/http/tenant.ts';
import type { StateStore } from '#shared/ports.ts';

export type ErasureQueryPorts = { store: Pick<StateStore, 'read'> };

/** How far the erasure of somebody's data has come. */
export async function getErasure(
  { tenant, pathParameters }: HttpEvent & OfTenant,
  { store }: ErasureQueryPorts,
): Promise<HttpResponse> {
  const erasureId = pathParameters?.erasureId ?? '';
  const stored = DERIVED_ID.test(erasureId) ? await store.read({ tenant, type: 'erasure', id: erasureId }) : undefined;
  if (!stored) return problemResponse(problemOfRejection(ERASURE_NOT_FOUND));
  const erasure = stored.state as Erasure;
  const { status, requestedAt, erased } = erasure;
  const view: ErasureView = {
    erasureId,
    status,
    requestedAt,
    erased,
    ...(erasure.status === 'DONE' && { doneAt: erasure.doneAt }),
  };
  return jsonResponse(200, JSON.stringify(view));
}

const ERASURE_NOT_FOUND = {
  code: 'ERASURE_NOT_FOUND',
  detail: 'There is no such erasure.',
  next: 'Check the id; it is in the answer to the request that asked for it.',
};
