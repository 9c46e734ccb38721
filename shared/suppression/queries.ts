import { jsonResponse, type Reply } from '#shared/http/event.ts';
import type { WithQuery } from '#shared/http/query-parameters.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import type { Suppression, SuppressionStore } from './ports.ts';
import type { SuppressionsQuery } from './requests.ts';
import type { SuppressionListView } from './responses.ts';

export type SuppressionQueryPorts = {
  store: Pick<SuppressionStore, 'suppressionsOf' | 'listSuppressions'>;
  secret: () => Promise<string>;
};

const PAGE = 50;

/**
 * The recipients that the tenant sends nothing to. The list has no addresses, because none are stored. Each entry names
 * its origin, such as the notification that led to it. To check one recipient, a caller passes channel and address.
 */
export async function listSuppressions(
  { tenant, query }: TenantRequest & WithQuery<SuppressionsQuery>,
  { store, secret }: SuppressionQueryPorts,
): Promise<Reply> {
  const { channel, address, cursor } = query;
  if (channel !== undefined && address !== undefined) {
    const recipient = recipientKey(await secret())(tenant, channel, address);
    return answer({ suppressions: (await store.suppressionsOf(tenant, [recipient])).map(viewOf) });
  }
  const page = await store.listSuppressions(tenant, PAGE, cursor);
  return answer({
    suppressions: page.suppressions.map(viewOf),
    ...(page.cursor !== undefined && { nextCursor: page.cursor }),
  });
}

const answer = (list: SuppressionListView): Reply => jsonResponse(JSON.stringify(list));

const viewOf = ({
  recipient,
  channel,
  reason,
  origin,
  since,
}: Suppression): SuppressionListView['suppressions'][0] => ({
  suppressionId: recipient,
  channel,
  reason,
  origin,
  since,
});
