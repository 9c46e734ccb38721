import { Failure } from '#shared/messaging/failure.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { type NotificationKey, notificationKey } from '#shared/notification/notification-id.ts';
import { isRedrivable, isSystemReason, type RedriveCommand, systemReasonOf } from '#shared/notification/redrive.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import type { StateStore } from '#shared/once/ports.ts';
import type { RedrivenMember, Redriver } from '#shared/once/redriver.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { requestFrom } from './handle-request.ts';
import type { Replacement } from './request-planner.ts';

export type FailedRedriverPorts = ExecutorPorts & {
  replacement: Replacement;
  replacements: Pick<StateStore<{ status: string }>, 'read'>;
  /** Name of the function, under which its transitions are recorded. */
  subscriber: string;
  /** After this time, `wake-due` announces a notification whose request was not sent. */
  announcedAfterMs: number;
};

/** Transitions in flight at once. */
const CONCURRENCY = 25;

/** It must not be sent again. The plan of a redrive says so, unless it has changed since. */
class NotRedriven extends Failure {
  override readonly name = 'NotRedriven';
  readonly code = 'NOT_REDRIVEN';
  readonly retriable = true;
  readonly next = 'Nothing: the page is decided again, and the member is skipped.';

  constructor() {
    super('The notification must not be sent again without a person.');
  }
}

/**
 * Makes notifications that failed for a reason about this system PENDING, and sends their requests as those of others.
 * The sender then claims each of them once. Its row is the permission to send, so a request that is sent twice does no
 * harm.
 */
export function failedRedriver(queue: Redriver, ports: FailedRedriverPorts): Redriver {
  return {
    async send(members, refuse) {
      const sendable = await inParallel(members, CONCURRENCY, async (member) =>
        !isSystemReason(member.letter.reason) || (await isPending(member, ports)) ? [member] : [],
      );
      return queue.send(sendable.flat(), refuse);
    },
  };
}

/**
 * Whether the request can be sent. One that cannot be is decided again, and the verdict then says why. A member that is sent again has the same transition. A redrive that follows has
 * another, because the notification may have failed again in between.
 */
async function isPending({ deadLetterId, generation, letter }: RedrivenMember, ports: FailedRedriverPorts) {
  const { tenant, notificationId, metadata } = requestFrom(letter.message ?? '').request;
  const key = notificationKey(tenant, notificationId);
  if (!key) return true;
  const redriveId = letter.redriveId ?? '';
  const dueAt = ports.clock.now() + ports.announcedAfterMs;
  const transitionId = `${redriveId}#${deadLetterId}#${generation}`;
  try {
    await executeTransition(
      { decider: notificationDecider, key, ...redriveOf(key, { type: 'Redrive', redriveId, dueAt }, ports) },
      { subscriber: ports.subscriber, transitionId, metadata },
      ports,
    );
    return true;
  } catch (error) {
    if (error instanceof NotRedriven) return false;
    throw error;
  }
}

/**
 * The command, for the executor (see `Decided`). It requires that the replacement is at the commit as it was read. A
 * replacement requires the same of the notification, so only one of the two is committed.
 */
function redriveOf(key: NotificationKey, command: RedriveCommand, { replacement, replacements }: FailedRedriverPorts) {
  const replacementKey = replacement.keyOf(key);
  let version = 0;
  return {
    readCommand: async (notification: Notification | undefined): Promise<RedriveCommand> => {
      const stored = await replacements.read(replacementKey);
      version = stored?.version ?? 0;
      const mayNot = replacement.isRequested(stored?.state.status) || (notification && !isRedrivable(notification));
      if (mayNot && notification && systemReasonOf(notification)) throw new NotRedriven();
      return command;
    },
    related: async () => [{ key: replacementKey, expectedVersion: version }],
  };
}
