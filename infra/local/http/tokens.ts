import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportPKCS8, exportSPKI, generateKeyPair, importPKCS8, importSPKI, SignJWT } from 'jose';
import { CannotRun } from '../failure.ts';
import { keep } from '../keep.ts';

export type TokenSettings = {
  issuer: string;
  audience: string;
  /** Stands before every scope. */
  scopePrefix: string;
  tenantClaim: string;
};

type TokenRequest = {
  tenant: string;
  /** With or without the stage's prefix. */
  scopes: string[];
  audience?: string;
  /** May be negative: a token that has expired already. */
  expiresInSeconds?: number;
};

export type Issuer = { publicKey: CryptoKey; mint(request: TokenRequest): Promise<string> };

const MONTH_SECONDS = 30 * 24 * 3600;

/**
 * Stands for the issuer that a deployed stage trusts. Its key is kept in `file`, so tokens outlive a
 * restart. Tokens have the shape of Cognito's access tokens: `client_id` and no `aud`.
 */
export async function openIssuer(file: string, settings: TokenSettings): Promise<Issuer> {
  const { privateKey, publicKey } = await openKeys(file);
  return {
    publicKey,
    mint: ({ tenant, scopes, audience = settings.audience, expiresInSeconds = MONTH_SECONDS }) => {
      const now = Math.floor(Date.now() / 1000);
      const issuedAt = Math.min(now, now + expiresInSeconds - 1);
      return new SignJWT({
        [settings.tenantClaim]: tenant,
        client_id: audience,
        token_use: 'access',
        version: 2,
        auth_time: issuedAt,
        scope: scopes
          .map((scope) => (scope.startsWith(settings.scopePrefix) ? scope : settings.scopePrefix + scope))
          .join(' '),
      })
        .setProtectedHeader({ alg: 'RS256', kid: 'local' })
        .setIssuer(settings.issuer)
        .setSubject(`local-${tenant}`)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(now + expiresInSeconds)
        .sign(privateKey);
    },
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
