import { callerOf } from '#shared/http/caller.ts';
import { answer, type Call, type CommandPorts, execute } from '#shared/http/command.ts';
import { DERIVED_ID } from '#shared/http/derived-id.ts';
import type { Reply } from '#shared/http/event.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { nextVersion, type RelatedState, type StoredState } from '#shared/messaging/rows.ts';
import {
  type DeadLetterGroup,
  type DeadLetterRecord,
  deadLetterKey,
  dueOfLetter,
  groupKey,
  withAction,
} from '#shared/once/dead-letter.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { type AuditedAction, auditDecider, auditIdOf, auditKey } from './audit.ts';
import { groupNotFound, letterNotFound, nothingToChange, notOpen } from './refusals.ts';
import type { DescribeGroupBody, DiscardBody } from './requests.ts';

export type DeadLetterCommandPorts = CommandPorts & {
  letters: Pick<StateStore<DeadLetterRecord>, 'read'>;
  letterGroups: Pick<StateStore<DeadLetterGroup>, 'read'>;
};

/** What an action changes, or depends on, and what its audit entry says. */
export type PlannedAction = { action: AuditedAction; changed: readonly RelatedState[] };

/** The changed rows and the audit entry are one transaction. @param plan is called again if a row was changed. */
export async function audited(
  call: Call<unknown>,
  path: string,
  plan: (actor: string, at: string) => Promise<PlannedAction>,
  ports: CommandPorts,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const now = ports.clock.now();
  const actor = callerOf(call);
  const auditId = auditIdOf(now, ports.random.nonce());
  const related: RelatedState[] = [];
  const executed = await execute(
    call,
    {
      decider: auditDecider,
      key: auditKey(auditId),
      path,
      assume: 'absent',
      readCommand: async () => {
        const { action, changed } = await plan(actor, new Date(now).toISOString());
        related.splice(0, related.length, ...changed);
        return { auditId, actor, correlationId: call.correlationId, count: 1, ...action };
      },
      related: async () => related,
    },
    ports,
  );
  return answer(executed, headers);
}

/** A dead letter that needs nothing more. It stays stored, and is open again if the same message fails again. */
export async function discardDeadLetter(call: Call<DiscardBody>, ports: DeadLetterCommandPorts): Promise<Reply> {
  const deadLetterId = call.pathParameters?.deadLetterId ?? '';
  const { reason } = call.json.valid;
  const discard = async (actor: string, at: string): Promise<PlannedAction> => {
    const key = deadLetterKey(deadLetterId);
    const before = DERIVED_ID.test(deadLetterId) ? await ports.letters.read(key) : undefined;
    if (!before) throw letterNotFound();
    const { status, fingerprint, history, redriveId } = before.state;
    if (status !== 'open') throw notOpen(status, redriveId);
    const state: DeadLetterRecord = {
      ...before.state,
      status: 'discarded',
      history: withAction(history, { action: 'discard', at, actor, reason }),
    };
    return {
      action: { action: 'discard', deadLetterId, fingerprint, reason },
      changed: [changedTo(key, before, nextVersion(before, state, dueOfLetter(state)))],
    };
  };
  return audited(call, `/dead-letters/${deadLetterId}/discard`, discard, ports);
}

/** Sets or removes the owner and the note of a group. */
export async function describeGroup(call: Call<DescribeGroupBody>, ports: DeadLetterCommandPorts): Promise<Reply> {
  const fingerprint = call.pathParameters?.fingerprint ?? '';
  const asked = call.json.valid;
  if (asked.owner === undefined && asked.note === undefined) throw nothingToChange();
  const describe = async (): Promise<PlannedAction> => {
    const key = groupKey(fingerprint);
    const before = DERIVED_ID.test(fingerprint) ? await ports.letterGroups.read(key) : undefined;
    if (!before) throw groupNotFound();
    const { owner: ownerBefore, note: noteBefore, ...group } = before.state;
    const { owner = ownerBefore, note = noteBefore } = asked;
    const described = { ...(typeof owner === 'string' && { owner }), ...(typeof note === 'string' && { note }) };
    const state: DeadLetterGroup = { ...group, ...described };
    return {
      action: { action: 'describe-group', fingerprint, ...asked },
      changed: [changedTo(key, before, nextVersion(before, state, undefined))],
    };
  };
  return audited(call, `/dead-letters/groups/${fingerprint}`, describe, ports);
}

/** A row that an action changes, if it is still as it was read. */
export const changedTo = (key: StateKey, before: StoredState<unknown>, next: StoredState<unknown>): RelatedState => ({
  key,
  expectedVersion: before.version,
  next,
});
