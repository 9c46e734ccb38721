import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportPKCS8, exportSPKI, generateKeyPair, importPKCS8, importSPKI, SignJWT } from 'jose';
import { POOL, SCOPE, TENANT_SCOPES } from '#shared/names.ts';
import { CannotRun } from '../failure.ts';
import { keep } from '../keep.ts';
import type { PoolPlan } from '../template/plan.ts';

export type TokenRequest = {
  tenant: string;
  /** With or without the stage's prefix; those of a tenant's people where none are named. */
  scopes?: string[];
  /** Client that the token is for; the pool's client for people where none is named. */
  audience?: string;
  /** May be negative: a token that has expired already. */
  expiresInSeconds?: number;
};

/** A function of the stage, invoked with an event. */
type Invoke = (functionName: string, event: unknown) => Promise<unknown>;

export type Issuer = { publicKey: CryptoKey; mint(request: TokenRequest): Promise<string> };

const MONTH_SECONDS = 30 * 24 * 3600;

/** What a tenant's people and operators may ask for. */
export const ALL_SCOPES = Object.values<string>(SCOPE);

/**
 * Stands for the user pool of a deployed stage: makes the access token that a person of a tenant has after
 * signing in. What the token says beyond its shape is decided by the stage's own trigger, as at Cognito.
 * The signing key is kept in `file`, so tokens outlive a restart.
 */
export async function openIssuer(file: string, pool: PoolPlan, invoke: Invoke): Promise<Issuer> {
  const { privateKey, publicKey } = await openKeys(file);
  return {
    publicKey,
    mint: async (request) => {
      const { audience = pool.peopleClientId, expiresInSeconds = MONTH_SECONDS } = request;
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
        .setSubject(`local-${request.tenant}`)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(now + expiresInSeconds)
        .sign(privateKey);
    },
  };
}

type TriggerAnswer = {
  response?: {
    claimsAndScopeOverrideDetails?: {
      accessTokenGeneration?: {
        claimsToAddOrOverride?: Record<string, unknown>;
        claimsToSuppress?: string[];
        scopesToAdd?: string[];
        scopesToSuppress?: string[];
      };
    };
  };
};

/** Asks the trigger as Cognito does (version 3 of its event), and does what it answers. */
async function customised(
  { tenant, scopes = TENANT_SCOPES, audience }: TokenRequest,
  { peopleClientId, issuer, triggerFunction, scopePrefix }: PoolPlan,
  invoke: Invoke,
): Promise<{ claims: Record<string, unknown>; scopes: string[] }> {
  const requested = scopes.map((scope) => (scope.startsWith(scopePrefix) ? scope : scopePrefix + scope));
  const operates = requested.includes(`${scopePrefix}${SCOPE.operations}`);
  const userPoolId = issuer.slice(issuer.lastIndexOf('/') + 1);
  const answer = (await invoke(triggerFunction, {
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
  })) as TriggerAnswer;
  const details = answer.response?.claimsAndScopeOverrideDetails?.accessTokenGeneration ?? {};
  const suppressed = details.scopesToSuppress ?? [];
  return {
    claims: details.claimsToAddOrOverride ?? {},
    scopes: [...requested, ...(details.scopesToAdd ?? [])].filter((scope) => !suppressed.includes(scope)),
  };
}

async function openKeys(file: string): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  const kept = await keep(file, async () => {
    const pair = await generateKeyPair('RS256', { extractable: true });
    return JSON.stringify({
      privateKey: await exportPKCS8(pair.privateKey),
      publicKey: await exportSPKI(pair.publicKey),
    });
  });
  try {
    const { privateKey, publicKey } = JSON.parse(kept) as { privateKey: string; publicKey: string };
    return { privateKey: await importPKCS8(privateKey, 'RS256'), publicKey: await importSPKI(publicKey, 'RS256') };
  } catch (cause) {
    throw new CannotRun(`The key in ${file} cannot be read; remove the file, and new tokens are made with a new key.`, {
      cause,
    });
  }
}
