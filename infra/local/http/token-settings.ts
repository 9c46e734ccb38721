import { ENV, SCOPE } from '#shared/names.ts';
import { CannotRun } from '../failure.ts';
import type { Plan } from '../template/plan.ts';
import type { TokenSettings } from './tokens.ts';

/** Scopes for whoever runs the system, not for a tenant. */
const OPERATOR_SCOPES = ['operations'];

/** What tokens of this stack look like: everything is read from the template. */
export function tokenSettingsOf({
  api,
  functions,
}: Plan): TokenSettings & { tenantScopes: string[]; allScopes: string[] } {
  const authorizer = api.routes.find((route) => route.authorizer)?.authorizer;
  const [audience] = authorizer?.audience ?? [];
  const tenantClaim = functions
    .map(({ environment }) => environment[ENV.tenantClaim])
    .find((claim) => claim !== undefined);
  if (!authorizer || !audience || !tenantClaim) {
    throw new CannotRun(
      `No route has a JWT authorizer with an audience, or no function is told the tenant's claim (${ENV.tenantClaim}).`,
    );
  }
  const tenantScopes = Object.values<string>(SCOPE).filter((scope) => !OPERATOR_SCOPES.includes(scope));
  return {
    issuer: authorizer.issuer,
    audience,
    scopePrefix: prefixOf(api.routes.flatMap(({ scopes }) => scopes)),
    tenantClaim,
    tenantScopes,
    allScopes: [...tenantScopes, ...OPERATOR_SCOPES],
  };
}

/** What the routes' scopes have before the names that we know. */
function prefixOf(scopes: string[]): string {
  for (const scope of scopes) {
    const known = Object.values<string>(SCOPE).find((name) => scope.endsWith(name));
    if (known !== undefined) return scope.slice(0, scope.length - known.length);
  }
  return '';
}
