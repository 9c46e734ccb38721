import type { Construct } from 'constructs';
import { ENV, FUNCTION } from '#shared/names.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { OwnPool, type OwnPoolSettings, scopePrefixOf, type Tokens } from '../constructs/tokens.ts';
import type { Platform } from './platform.ts';

/** The issuer whose tokens the API accepts: the stage's own pool of people and machines, or an existing issuer. */
export function tokensOf(scope: Construct, id: string, platform: Platform): Tokens {
  const { stage } = platform;
  const { jwt } = stage.settings;
  if (jwt.kind === 'issuer') {
    const audience = [...(jwt.audience ?? []), ...(jwt.clientIds ?? [])];
    return { issuer: jwt.issuer, audience, scopePrefix: jwt.scopePrefix };
  }
  const tokenTrigger = new TenantClaim(scope, jwt, platform);
  return new OwnPool(scope, id, { stage, jwt, tokenTrigger });
}

/** Writes the tenant into the access tokens of the stage's own pool. */
class TenantClaim extends ServiceFunction {
  constructor(scope: Construct, jwt: OwnPoolSettings, { stage, table }: Platform) {
    super(scope, {
      stage,
      name: FUNCTION.addTenantClaim,
      // Cognito's timeout for a trigger is five seconds.
      timeoutSeconds: 5,
      environment: {
        [ENV.table]: table.name,
        [ENV.tenantClaim]: jwt.tenantClaim,
        [ENV.scopePrefix]: scopePrefixOf(jwt),
      },
    });
    this.allow(['dynamodb:GetItem'], [table.arn]);
  }
}
