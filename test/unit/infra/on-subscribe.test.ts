import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onSubscribeCode } from '#infra/constructs/on-subscribe.ts';
import { loadHandler, Unauthorized } from '#infra/local/live/handler.ts';
import { channelsOf } from '#shared/live/channels.ts';

const READ = 'counterfoil/messages:read';
const onSubscribe = loadHandler(onSubscribeCode({ scopePrefix: 'counterfoil/' }, 'tenant', 'client-1,client-2'));

/** The claims of a machine's token at Cognito. */
const claims = { sub: 'machine-1', client_id: 'client-1', tenant: 'acme', scope: `counterfoil/orders:write ${READ}` };

function permits(channel: string, token: Record<string, unknown> = claims): boolean {
  const segments = channel.replace(/^\//, '').split('/');
  try {
    onSubscribe({
      identity: { sub: token.sub, issuer: 'https://issuer.example', claims: token },
      info: { channel: { path: channel, segments }, channelNamespace: { name: 'tenants' }, operation: 'SUBSCRIBE' },
    });
    return true;
  } catch (error) {
    if (error instanceof Unauthorized) return false;
    throw error;
  }
}

describe('who may subscribe', () => {
  it('the tenant of the token to its own hints, and to no others', () => {
    assert.equal(permits('/tenants/acme/hints'), true);
    for (const channel of [
      '/tenants/globex/hints',
      '/tenants/*',
      '/tenants/acme/*',
      '/tenants/acme',
      '/tenants/ACME/hints',
    ])
      assert.equal(permits(channel), false, channel);
  });

  it('only with the scope that the message log requires', () => {
    assert.equal(permits('/tenants/acme/hints', { ...claims, scope: 'counterfoil/orders:write' }), false);
    assert.equal(permits('/tenants/acme/hints', { ...claims, scope: 'messages:read' }), false);
    assert.equal(permits('/tenants/acme/hints', { ...claims, scope: undefined, scp: [READ] }), true);
  });

  it('only with a token for this API', () => {
    assert.equal(permits('/tenants/acme/hints', { ...claims, client_id: 'client-3' }), false);
    assert.equal(permits('/tenants/acme/hints', { ...claims, client_id: undefined }), false);
    assert.equal(
      permits('/tenants/acme/hints', { ...claims, aud: ['other', 'client-2'], client_id: 'client-3' }),
      true,
    );
    assert.equal(permits('/tenants/acme/hints', { ...claims, aud: 'other' }), false);
  });

  it('nobody without a tenant or a subject', () => {
    assert.equal(permits('/tenants/undefined/hints', { ...claims, tenant: undefined }), false);
    assert.equal(permits('/tenants//hints', { ...claims, tenant: '' }), false);
    assert.equal(permits('/tenants/acme/results/undefined/a', { ...claims, sub: undefined }), false);
  });

  it('the caller of a command to its own results, and no other client of the tenant', () => {
    const other = { ...claims, sub: 'machine-2' };
    for (const channel of ['/tenants/acme/results/machine-1/order-7', '/tenants/acme/results/machine-1/*']) {
      assert.equal(permits(channel, { ...claims, scope: 'counterfoil/orders:write' }), true, channel);
      assert.equal(permits(channel, other), false, channel);
      assert.equal(permits(channel, { ...claims, tenant: 'globex' }), false, channel);
    }
    for (const channel of [
      '/tenants/acme/results/*',
      '/tenants/acme/results/machine-1',
      '/tenants/acme/results/machine-11/a',
    ])
      assert.equal(permits(channel), false, channel);
  });

  it('a tenant to exactly the channels on which its messages are announced', () => {
    const names = ['acme', 'a-b', 'a_b', 'a-ub', 'A1', 'a--b', 'a_-b'];
    for (const publishing of names)
      for (const subscribing of names)
        for (const channel of channelsOf({ tenantid: publishing, correlationid: 'results/machine-1/a' }))
          assert.equal(permits(channel, { ...claims, tenant: subscribing }), publishing === subscribing, channel);
  });
});
