import { DERIVED_ID } from '#shared/http/derived-id.ts';
import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { ERASURE, type Erasure, unreadableIn } from './erasure.ts';
import type { ErasureView } from './responses.ts';

export type ErasureQueryPorts = { erasures: Pick<StateStore<Erasure>, 'read'> };

/** The progress of an erasure. */
export async function getErasure(
  { tenant, pathParameters }: TenantRequest,
  { erasures }: ErasureQueryPorts,
): Promise<Reply> {
  const erasureId = pathParameters?.erasureId ?? '';
  const stored = DERIVED_ID.test(erasureId)
    ? await erasures.read({ tenant, type: ERASURE.name, id: erasureId })
    : undefined;
  if (!stored) return problemResponse(problemOfRejection(ERASURE_NOT_FOUND));
  const view = viewOf(erasureId, stored.state);
  return jsonResponse(JSON.stringify(view));
}

/** INCOMPLETE: only rows that cannot be read are left to erase. DONE is reported only if all rows could be read. */
function viewOf(erasureId: string, erasure: Erasure): ErasureView {
  const { requestedAt, erased, named = [] } = erasure;
  const unreadable = named.flatMap(({ notificationId, code }) =>
    code === undefined ? [] : [{ notificationId, code }],
  );
  return {
    erasureId,
    status: erasure.status === 'RUNNING' && erasure.incompleteSince !== undefined ? 'INCOMPLETE' : erasure.status,
    requestedAt,
    erased,
    unreadable: unreadableIn(erasure),
    ...(unreadable.length > 0 && { unreadableNotifications: unreadable }),
    ...(erasure.status === 'DONE' && { doneAt: erasure.doneAt }),
  };
}

const ERASURE_NOT_FOUND = {
  code: 'ERASURE_NOT_FOUND',
  detail: 'There is no such erasure.',
  next: 'Check the id; it is in the answer to the request that asked for it.',
};
