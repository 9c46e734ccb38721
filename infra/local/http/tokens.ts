import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportPKCS8, exportSPKI, generateKeyPair, importPKCS8, importSPKI, SignJWT } from 'jose';
import * as v from 'valibot';
import { POOL, SCOPE, TENANT_SCOPES } from '#shared/names.ts';
import { CannotRun } from '../base/failure.ts';
import type { Invoke } from '../base/invoke.ts';
import { readAs } from '../base/read.ts';
import { readOrCreate } from '../base/read-or-create.ts';
import type { PoolPlan } from '../template/plan.ts';

export type TokenRequest = {
  tenant: string;
  /** With or without the stage's prefix. If absent, the scopes of a tenant's people. */
  scopes?: string[];
  /** The client of the token. If absent, the pool's client for people. */
  audience?: string;
  /** The person or machine of the token. If absent, one person for each tenant. */
  subject?: string;
  /** A negative number gives a token that has already expired. */
  expiresInSeconds?: number;
};

export type Issuer = { publicKey: CryptoKey; mint(request: TokenRequest): Promise<string> };

const MONTH_SECONDS = 30 * 24 * 3600;

/** All scopes that a tenant's people and operators may request. */
export const ALL_SCOPES = Object.values<string>(SCOPE);

/**
 * Replaces the user pool of a deployed stage: creates the access token that a person of a tenant has after signing in.
 * The stage's own trigger decides the claims and scopes, as at Cognito. The signing key is stored in `file`, so that
 * tokens remain valid after a restart.
 */
export async function openIssuer(file: string, pool: PoolPlan, invoke: Invoke): Promise<Issuer> {
  const { privateKey, publicKey } = await openKeys(file);
  return {
    publicKey,
    mint: async (request) => {
      const { audience = pool.peopleClientId, expiresInSeconds = MONTH_SECONDS } = request;
      const { subject = `local-${request.tenant}` } = request;
      const now = Math.floor(Date.now() / 1000);
      const issuedAt = Math.min(now, now + expiresInSeconds - 1);
      const { claims, scopes } = await customised(request, pool, invoke);
      return new SignJWT({
        ...claims,
        client_id: audience,
        token_use: 'access',
        version: 2,
        username: `local-${request.tenant}`,
        auth_time: issuedAt,
        scope: scopes.join(' '),
      })
        .setProtectedHeader({ alg: 'RS256', kid: 'local' })
        .setIssuer(pool.issuer)
        .setSubject(subject)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(now + expiresInSeconds)
        .sign(privateKey);
    },
  };
}

const TRIGGER_ANSWER = v.object({
  response: v.nullish(
    v.object({
      claimsAndScopeOverrideDetails: v.nullish(
        v.object({
          accessTokenGeneration: v.nullish(
            v.object({
              claimsToAddOrOverride: v.nullish(v.record(v.string(), v.unknown())),
              scopesToAdd: v.nullish(v.array(v.string())),
              scopesToSuppress: v.nullish(v.array(v.string())),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** Invokes the trigger as Cognito does (version 3 of its event), and applies its answer. */
async function customised(
  { tenant, scopes = TENANT_SCOPES, audience }: TokenRequest,
  { peopleClientId, issuer, triggerFunction, scopePrefix }: PoolPlan,
  invoke: Invoke,
): Promise<{ claims: Record<string, unknown>; scopes: string[] }> {
  const requested = scopes.map((scope) => (scope.startsWith(scopePrefix) ? scope : scopePrefix + scope));
  const operates = requested.includes(`${scopePrefix}${SCOPE.operations}`);
  const userPoolId = issuer.slice(issuer.lastIndexOf('/') + 1);
  const result = await invoke(triggerFunction, {
    version: '3',
    triggerSource: 'TokenGeneration_HostedAuth',
    region: userPoolId.split('_')[0],
    userPoolId,
    userName: `local-${tenant}`,
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: audience ?? peopleClientId },
    request: {
      userAttributes: { sub: `local-${tenant}`, [POOL.tenantAttribute]: tenant, 'cognito:user_status': 'CONFIRMED' },
      groupConfiguration: {
        groupsToOverride: operates ? [POOL.operatorsGroup] : [],
        iamRolesToOverride: [],
        preferredRole: null,
      },
      scopes: requested,
    },
    response: { claimsAndScopeOverrideDetails: null },
  });
  const answer = readAs(TRIGGER_ANSWER, result, `The answer of the trigger ${triggerFunction}`);
  const details = answer.response?.claimsAndScopeOverrideDetails?.accessTokenGeneration ?? {};
  const suppressed = details.scopesToSuppress ?? [];
  return {
    claims: details.claimsToAddOrOverride ?? {},
    scopes: [...requested, ...(details.scopesToAdd ?? [])].filter((scope) => !suppressed.includes(scope)),
  };
}

const KEYS = v.object({ privateKey: v.string(), publicKey: v.string() });

async function openKeys(file: string): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  const kept = await readOrCreate(file, async () => {
    const pair = await generateKeyPair('RS256', { extractable: true });
    return JSON.stringify({
      privateKey: await exportPKCS8(pair.privateKey),
      publicKey: await exportSPKI(pair.publicKey),
    });
  });
  try {
    const { privateKey, publicKey } = v.parse(KEYS, JSON.parse(kept));
    return { privateKey: await importPKCS8(privateKey, 'RS256'), publicKey: await importSPKI(publicKey, 'RS256') };
  } catch (cause) {
    throw new CannotRun(
      `The key in ${file} cannot be read; remove the file, and a new key is created for new tokens.`,
      {
        cause,
      },
    );
  }
}
