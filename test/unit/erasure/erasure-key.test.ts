import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { erasureKeyOf } from '#shared/erasure/erasure-key.ts';
import { DERIVED_ID } from '#shared/http/derived-id.ts';

describe('the key of an erasure', () => {
  it('is the one under which earlier releases stored it', () => {
    assert.equal(erasureKeyOf('acme', { customerId: 'ada-1' }).id, 'popuneepckvh3nbgrhkanpnp6n');
    assert.equal(erasureKeyOf('acme', { recipient: 'key-a' }).id, 'bvg3d7eear2uxpvgrt77speg62');
  });

  it('is an id that GET /erasures/{erasureId} takes, and another one for each person and tenant', () => {
    const scopes = [{ customerId: 'key-a' }, { recipient: 'key-a' }, { recipient: 'key-b' }];
    const ids = ['acme', 'globex'].flatMap((tenant) => scopes.map((scope) => erasureKeyOf(tenant, scope).id));
    assert.equal(new Set(ids).size, 6);
    assert.ok(ids.every((id) => DERIVED_ID.test(id)));
  });
});
