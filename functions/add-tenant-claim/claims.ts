import { Failure } from '#shared/messaging/failure.ts';
import { POOL, SCOPE, TENANT_NAME } from '#shared/names.ts';

/** The owner of a token, with the attributes that decide the token's claims. */
export type TokenOwner =
  | { kind: 'machine'; clientId: string }
  | { kind: 'person'; attributes: Record<string, string>; groups: string[] };

export type ClaimSettings = { tenantClaim: string; scopePrefix: string };

export type TokenClaims = { claimsToAddOrOverride: Record<string, string>; scopesToSuppress: string[] };

/** No token is issued without a tenant: every call with it would be refused, without a visible reason. */
export class OwnerWithoutTenant extends Failure {
  override readonly name = 'OwnerWithoutTenant';
  readonly code = 'OWNER_WITHOUT_TENANT';
  readonly retriable = false;
  readonly next = 'Add it with npm run tenants, then ask for the token again.';
}

/**
 * The claims and scopes of an access token.
 * @param tenantOf the tenant of a machine client; undefined if the client is not registered.
 * @throws OwnerWithoutTenant
 */
export async function tokenClaims(
  owner: TokenOwner,
  tenantOf: (clientId: string) => Promise<string | undefined>,
  { tenantClaim, scopePrefix }: ClaimSettings,
): Promise<TokenClaims> {
  const tenant = owner.kind === 'machine' ? await tenantOf(owner.clientId) : owner.attributes[POOL.tenantAttribute];
  if (tenant === undefined || !TENANT_NAME.test(tenant)) {
    throw new OwnerWithoutTenant(`The ${owner.kind} that asks for a token belongs to no tenant.`);
  }
  // A machine's scopes were set when its client was created. People share one client, so their group decides.
  const operates = owner.kind === 'machine' || owner.groups.includes(POOL.operatorsGroup);
  return {
    claimsToAddOrOverride: { [tenantClaim]: tenant },
    scopesToSuppress: operates ? [] : [`${scopePrefix}${SCOPE.operations}`],
  };
}
