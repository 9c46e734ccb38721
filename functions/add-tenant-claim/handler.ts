import type { PreTokenGenerationV3TriggerEvent } from 'aws-lambda';
import { clientTenants } from '#shared/adapters/aws/dynamodb/client-tenants.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { ENV } from '#shared/names.ts';
import { type TokenOwner, tokenClaims } from './claims.ts';

const settings = readEnvironment({
  tableName: [ENV.table, 'text'],
  tenantClaim: [ENV.tenantClaim, 'text'],
  scopePrefix: [ENV.scopePrefix, 'text'],
});
const tenantOf = clientTenants(settings);
const log = jsonLog();

/**
 * Cognito's pre-token-generation trigger, V3: writes the tenant into access tokens. If it throws, Cognito
 * issues no token.
 */
export const handler = invocable(log, addTenantClaim);

async function addTenantClaim(event: PreTokenGenerationV3TriggerEvent): Promise<PreTokenGenerationV3TriggerEvent> {
  const { triggerSource, callerContext } = event;
  try {
    const accessTokenGeneration = await tokenClaims(ownerOf(event), tenantOf, settings);
    return { ...event, response: { claimsAndScopeOverrideDetails: { accessTokenGeneration } } };
  } catch (error) {
    log.error('No token', { triggerSource, clientId: callerContext.clientId, error });
    throw error;
  }
}

function ownerOf({ triggerSource, callerContext, request }: PreTokenGenerationV3TriggerEvent): TokenOwner {
  if (triggerSource === 'TokenGeneration_ClientCredentials') {
    return { kind: 'machine', clientId: callerContext.clientId };
  }
  const { userAttributes, groupConfiguration } = request;
  return { kind: 'person', attributes: userAttributes, groups: groupConfiguration.groupsToOverride ?? [] };
}
