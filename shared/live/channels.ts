import type { Envelope } from '#shared/messaging/envelope.ts';
import { HINTS_NAMESPACE } from '#shared/names.ts';

/** A segment of a channel's path: AppSync Events permits letters, digits and inner hyphens, at most 50 of them. */
const SEGMENT = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?';
const IS_SEGMENT = new RegExp(`^${SEGMENT}$`);

/**
 * A correlation id that asks for the results of a command. The subject is the `sub` of the caller's token. The name is
 * chosen by the caller.
 */
const FOR_RESULTS = new RegExp(`^results/(?<subject>${SEGMENT})/(?<name>${SEGMENT})$`);

/**
 * The channels on which a message is announced: the one of its tenant, and the one of the caller that waits for the
 * results of its command. `infra/constructs/on-subscribe.ts` decides who may subscribe to them, and must write a tenant in
 * the same way.
 * @returns no channel if the tenant's name has no form as a segment.
 */
export function channelsOf({ tenantid, correlationid }: Pick<Envelope, 'tenantid' | 'correlationid'>): string[] {
  const tenant = tenantSegment(tenantid);
  if (!IS_SEGMENT.test(tenant)) return [];
  const own = `/${HINTS_NAMESPACE}/${tenant}`;
  const { subject, name } = FOR_RESULTS.exec(correlationid)?.groups ?? {};
  return subject === undefined ? [`${own}/hints`] : [`${own}/hints`, `${own}/results/${subject}/${name}`];
}

/** A name without `_`, which a segment cannot contain. Two tenants never have the same one. */
const tenantSegment = (tenant: string): string => tenant.replaceAll('-', '-d').replaceAll('_', '-u');
