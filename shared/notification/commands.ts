import { callerOf } from '#shared/http/caller.ts';
import { answer, type Call, execute } from '#shared/http/command.ts';
import type { Reply } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import { NOTIFICATION_NOT_FOUND, notificationDecider } from './decider.ts';
import { notificationKey } from './notification-id.ts';
import type { ResolveBody } from './requests.ts';
import type { NotifyingPorts } from './terms.ts';

/** Answers with the resulting state. If two people decide at the same time, the second one gets the first decision. */
export async function resolveNotification(call: Call<ResolveBody>, ports: NotifyingPorts): Promise<Reply> {
  const key = notificationKey(call.tenant, call.pathParameters?.notificationId ?? '');
  if (!key) return problemResponse(problemOfRejection(NOTIFICATION_NOT_FOUND));
  const { action, reason } = call.json.valid;
  const executed = await execute(
    call,
    {
      decider: notificationDecider,
      key,
      path: `/notifications/${key.notificationId}/resolve`,
      command: {
        type: 'Resolve',
        action,
        reason,
        by: callerOf(call),
        dueAt: ports.clock.now() + ports.notifications.firstClaimMs,
      },
    },
    ports,
  );
  return answer(executed);
}
