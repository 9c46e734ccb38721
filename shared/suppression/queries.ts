import { type HttpEvent, type HttpResponse, jsonResponse } from '#shared/http/event.ts';
import { FIELD_FAULTS } from '#shared/http/input/fault-texts.ts';
import { parseQuery, refuseFaults } from '#shared/http/query-parameters.ts';
import type { OfTenant } from '#shared/http/tenant.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import type { Suppression, SuppressionStore } from './ports.ts';
import { suppressionsQuerySchema } from './requests.ts';
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
  event: HttpEvent & OfTenant,
  { store, secret }: SuppressionQueryPorts,
): Promise<HttpResponse> {
  const { query, faults } = parseQuery(event, suppressionsQuerySchema, FIELD_FAULTS);
  refuseFaults(faults);
  const { channel, address, cursor } = query ?? {};
  if (channel !== undefined && address !== undefined) {
    const recipient = recipientKey(await secret())(event.tenant, channel, address);
    return answer({ suppressions: (await store.suppressionsOf(event.tenant, [recipient])).map(viewOf) });
  }
  const page = await store.listSuppressions(event.tenant, PAGE, cursor);
  return answer({
    suppressions: page.suppressions.map(viewOf),
    ...(page.cursor !== undefined && { nextCursor: page.cursor }),
  });
}

const answer = (list: SuppressionListView): HttpResponse => jsonResponse(200, JSON.stringify(list));

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
