import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OwnerWithoutTenant, type TokenOwner, tokenClaims } from '#functions/add-tenant-claim/claims.ts';

const settings = { tenantClaim: 'org', scopePrefix: 'counterfoil/' };
const registered: Record<string, string> = { 'client-of-acme': 'acme', 'client-with-separator': 'acme#order' };
const claimsOf = (owner: TokenOwner) => tokenClaims(owner, async (clientId) => registered[clientId], settings);
const person = (attributes: Record<string, string>, groups: string[] = []): TokenOwner => ({
  kind: 'person',
  attributes,
  groups,
});

describe('the claims of an access token', () => {
  it('name the tenant that a machine client was registered for, and leave its scopes to its client', async () => {
    assert.deepEqual(await claimsOf({ kind: 'machine', clientId: 'client-of-acme' }), {
      claimsToAddOrOverride: { org: 'acme' },
      scopesToSuppress: [],
    });
  });

  it('name the tenant of a person, and remove the scope of operations from a person who is not an operator', async () => {
    assert.deepEqual(await claimsOf(person({ 'custom:tenant': 'acme' })), {
      claimsToAddOrOverride: { org: 'acme' },
      scopesToSuppress: ['counterfoil/operations'],
    });
    const operator = await claimsOf(person({ 'custom:tenant': 'acme' }, ['operators', 'others']));
    assert.deepEqual(operator.scopesToSuppress, []);
  });

  const nobodys: [what: string, owner: TokenOwner][] = [
    ['a client that is not registered', { kind: 'machine', clientId: 'stranger' }],
    ['a client whose row names no possible tenant', { kind: 'machine', clientId: 'client-with-separator' }],
    ['a person without the attribute', person({ tenant: 'acme' })],
    ['a person with a separator in it', person({ 'custom:tenant': 'acme#order' })],
  ];
  for (const [what, owner] of nobodys) {
    it(`are refused to ${what}`, async () => {
      await assert.rejects(claimsOf(owner), (error) => {
        assert.ok(error instanceof OwnerWithoutTenant);
        assert.doesNotMatch(error.message, /acme/);
        return true;
      });
    });
  }
});
