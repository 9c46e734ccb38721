import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exportPKCS8, generateKeyPair, importPKCS8, SignJWT } from 'jose';
import { createAuthorizer } from '#infra/local/http/authorizer.ts';
import { resourcesOf, type Template, templateWith } from '#test/support/template.ts';

/** A stage that trusts an existing issuer, for both kinds of issuers: with `aud`, and with `client_id`. */
const ISSUER = 'https://login.example.com/realms/shop';
const existing = (accepted: { audience?: string[]; clientIds?: string[] }): Template =>
  templateWith('dev', (settings) => ({
    ...settings,
    console: undefined,
    jwt: { kind: 'issuer', issuer: ISSUER, ...accepted, scopePrefix: 'https://api.example.com/', tenantClaim: 'org' },
  }));

describe('a stage with an existing issuer', () => {
  const template = existing({ audience: ['https://api.example.com'], clientIds: ['old-client'] });
  const [[, authorizer] = assert.fail()] = resourcesOf(template, 'AWS::ApiGatewayV2::Authorizer');
  const jwt = authorizer.Properties.JwtConfiguration as { Issuer: string; Audience: string[] };

  it('has no user pool, no token trigger and no list of clients', () => {
    assert.deepEqual(
      Object.values(template.Resources).filter(({ Type }) => Type.startsWith('AWS::Cognito')),
      [],
    );
    assert.doesNotMatch(JSON.stringify(template), /add-tenant-claim/);
    assert.equal(template.Parameters?.MachineClients, undefined);
  });

  it('accepts its audiences and clients, requires its scopes, and reads the tenant from its claim', () => {
    assert.deepEqual(jwt, { Issuer: ISSUER, Audience: ['https://api.example.com', 'old-client'] });
    const scopes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').flatMap(
      ([, { Properties }]) => (Properties.AuthorizationScopes as string[] | undefined) ?? [],
    );
    assert.ok(scopes.length > 0);
    for (const scope of scopes) assert.ok(scope.startsWith('https://api.example.com/'), scope);
    const claims = resourcesOf(template, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
      const { TENANT_CLAIM } = (Properties.Environment as { Variables: Record<string, string> }).Variables;
      return TENANT_CLAIM === undefined ? [] : [TENANT_CLAIM];
    });
    assert.deepEqual(new Set(claims), new Set(['org']));
  });

  it('accepts tokens by aud, or by client_id without an aud, and no others', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const key = await importPKCS8(await exportPKCS8(privateKey), 'RS256');
    const authorize = createAuthorizer(publicKey);
    const verdictOn = async (claims: Record<string, unknown>, issuer = ISSUER): Promise<boolean> => {
      const token = await new SignJWT({ org: 'acme', scp: ['https://api.example.com/orders:write'], ...claims })
        .setProtectedHeader({ alg: 'RS256' })
        .setIssuer(issuer)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(key);
      const plan = { issuer: jwt.Issuer, audience: jwt.Audience };
      return (await authorize(`Bearer ${token}`, plan, ['https://api.example.com/orders:write'])).allowed;
    };
    assert.equal(await verdictOn({ aud: ['https://api.example.com', 'other'] }), true);
    assert.equal(await verdictOn({ client_id: 'old-client' }), true);
    assert.equal(
      await verdictOn({ aud: 'elsewhere', client_id: 'old-client' }),
      false,
      'aud decides where there is one',
    );
    assert.equal(await verdictOn({ client_id: 'new-client' }), false);
    assert.equal(await verdictOn({ aud: 'https://api.example.com' }, 'https://login.example.com/realms/other'), false);
    assert.equal(await verdictOn({ aud: 'https://api.example.com', scp: ['orders:write'] }), false);
  });
});
