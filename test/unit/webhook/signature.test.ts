import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { endpointSecret, signed } from '#shared/webhook/secret.ts';

const secretOf = (secretId: string, tenant = 'acme', endpointId = 'billing'): string =>
  endpointSecret('key of the stage', tenant, endpointId, { secretId });

describe('the signature of a webhook', () => {
  const body = JSON.stringify({ id: 'e1', name: 'Grüße, 東京' });

  it('is accepted by an independent verifier with each of the secrets, and with no other', () => {
    const secrets = [secretOf('two'), secretOf('one')];
    const headers = { ...signed(body, 'order_o1_1-1', Date.now(), secrets) };
    for (const secret of secrets) assert.deepEqual(new Webhook(secret).verify(body, headers), JSON.parse(body));
    assert.throws(() => new Webhook(secretOf('three')).verify(body, headers));
    assert.throws(() => new Webhook(secretOf('two')).verify(`${body} `, headers));
    assert.throws(() => new Webhook(secretOf('two')).verify(body, { ...headers, 'webhook-id': 'another' }));
    assert.equal(headers['webhook-signature'].split(' ').length, 2);
  });

  it('has a secret of its own for each tenant, endpoint and rotation', () => {
    const secrets = [secretOf('one'), secretOf('two'), secretOf('one', 'globex'), secretOf('one', 'acme', 'other')];
    assert.equal(new Set(secrets).size, secrets.length);
    for (const secret of secrets) assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  });
});
