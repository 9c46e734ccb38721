import { answer, type Call, type CommandPorts, execute, secretOf } from '#shared/http/command.ts';
import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { WithQuery } from '#shared/http/query-parameters.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import type { AddressQuery } from '#shared/recipient/requests.ts';
import type { SuppressionStore } from './ports.ts';
import type { SuppressBody } from './requests.ts';
import { suppressionDecider } from './suppression.ts';

export type SuppressionPorts = CommandPorts & {
  suppressions: Pick<SuppressionStore, 'suppress' | 'liftSuppression'>;
};

/**
 * From now on, the tenant sends nothing to this recipient. The command stores its own time, and a repetition uses
 * that time. So a repetition after the suppression was lifted does not suppress the recipient again.
 */
export async function suppress(call: Call<SuppressBody>, ports: SuppressionPorts): Promise<Reply> {
  const { channel, address } = call.json.valid;
  const recipient = recipientKey(await secretOf(ports))(call.tenant, channel, address);
  const executed = await execute(
    call,
    {
      decider: suppressionDecider,
      key: { tenant: call.tenant, type: 'suppressionrequest', id: recipient },
      path: '/suppressions',
      command: { type: 'Suppress', channel },
    },
    ports,
  );
  const { since } = JSON.parse(executed.outcome.answer) as { since: string };
  await ports.suppressions.suppress(call.tenant, { recipient, channel, reason: 'MANUAL', origin: 'api', since });
  return answer(executed);
}

/**
 * Answers with the suppression that was in force. An event from before the lift does not suppress the recipient again, even
 * if it is reported later.
 */
export async function lift(
  { tenant, query }: TenantRequest & WithQuery<AddressQuery>,
  ports: SuppressionPorts,
): Promise<Reply> {
  const { channel, address } = query;
  const recipient = recipientKey(await secretOf(ports))(tenant, channel, address);
  const lifted = await ports.suppressions.liftSuppression(tenant, recipient, ports.clock.now());
  if (!lifted) return problemResponse(problemOfRejection(SUPPRESSION_NOT_FOUND));
  const { reason, origin, since } = lifted;
  return jsonResponse(JSON.stringify({ channel, reason, origin, since, lifted: true }));
}

const SUPPRESSION_NOT_FOUND = {
  code: 'SUPPRESSION_NOT_FOUND',
  detail: 'This recipient is not suppressed.',
  next: 'Nothing need be done: messages are sent to it.',
};
