import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decide,
  evolve,
  validSecrets,
  type WebhookSettings,
  type WebhookSettingsCommand,
} from '#shared/webhook/settings.ts';

const NOW = Date.UTC(2026, 0, 1);
const iso = (now: number): string => new Date(now).toISOString();
const CONFIRMED = 'counterfoil.order.confirmed.v1';
const billing = { endpointId: 'billing', url: 'https://billing.example.com/hooks', eventTypes: [CONFIRMED] };
const MINUTE_MS = 60_000;

const put = (endpoints: object[], secretId = 'one'): WebhookSettingsCommand =>
  ({ type: 'PutEndpoints', data: { endpoints, secretId } }) as WebhookSettingsCommand;
const rotate = (secretId: string, endpointId = 'billing'): WebhookSettingsCommand => ({
  type: 'RotateSecret',
  data: { endpointId, secretId, overlapMs: MINUTE_MS },
});
const gone: WebhookSettingsCommand = { type: 'DisableEndpoint', data: { endpointId: 'billing', url: billing.url } };

/** The settings after these commands, a second apart. */
function after(...commands: WebhookSettingsCommand[]): WebhookSettings | undefined {
  return commands.reduce<WebhookSettings | undefined>((settings, command, index) => {
    const decision = decide(command, settings, {
      key: { tenant: 'acme', type: 't', id: 'i' },
      now: NOW + index * 1000,
    });
    assert.equal(decision.kind, 'accepted');
    return decision.kind === 'accepted' ? decision.events.reduce(evolve, settings as WebhookSettings) : settings;
  }, undefined);
}

describe('the endpoints of a tenant', () => {
  it('keep their secret as long as they are in the list, and get another one when they are added again', () => {
    const changed = after(put([billing]), put([{ ...billing, eventTypes: [] }], 'two'));
    assert.deepEqual(changed?.endpoints[0]?.secrets, [{ secretId: 'one', createdAt: iso(NOW) }]);
    const again = after(put([billing]), put([], 'two'), put([billing], 'three'));
    assert.deepEqual(again?.endpoints[0]?.secrets, [{ secretId: 'three', createdAt: iso(NOW + 2000) }]);
  });

  it('have two valid secrets after a rotation, never three, and one after the overlap', () => {
    const once = after(put([billing]), rotate('two'));
    const [endpoint] = once?.endpoints ?? [];
    assert.deepEqual(endpoint?.secrets, [
      { secretId: 'two', createdAt: iso(NOW + 1000) },
      { secretId: 'one', createdAt: iso(NOW), endsAt: iso(NOW + 1000 + MINUTE_MS) },
    ]);
    const names = (now: number) => (endpoint ? validSecrets(endpoint, now).map(({ secretId }) => secretId) : []);
    assert.deepEqual([names(NOW + MINUTE_MS), names(NOW + 1000 + MINUTE_MS)], [['two', 'one'], ['two']]);
    const twice = after(put([billing]), rotate('two'), rotate('three'));
    assert.deepEqual(
      twice?.endpoints[0]?.secrets.map(({ secretId }) => secretId),
      ['three', 'two'],
    );
  });

  it('refuse a rotation of an endpoint that the tenant does not have', () => {
    const context = { key: { tenant: 'acme', type: 't', id: 'i' }, now: NOW };
    const decision = decide(rotate('two', 'other'), after(put([billing])), context);
    assert.equal(decision.kind === 'rejected' && decision.rejection.code, 'ENDPOINT_NOT_FOUND');
  });

  it('are disabled by 410 until they are enabled or get another URL, and by the tenant', () => {
    const disabled = { at: iso(NOW + 1000), because: 'GONE' };
    const states = [
      after(put([billing]), gone),
      after(put([billing]), gone, put([billing])),
      after(put([billing]), gone, put([{ ...billing, enabled: true }])),
      after(put([billing]), gone, put([{ ...billing, url: 'https://new.example.com/' }])),
      after(put([{ ...billing, enabled: false }])),
      // The URL has changed since the call, so the answer was about another receiver.
      after(put([{ ...billing, url: 'https://new.example.com/' }]), gone),
    ].map((settings) => settings?.endpoints[0]?.disabled);
    const off = { at: iso(NOW), because: 'REQUESTED' };
    assert.deepEqual(states, [disabled, disabled, undefined, undefined, off, undefined]);
  });
});
