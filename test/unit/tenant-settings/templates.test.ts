import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMAIL_TEMPLATES } from '#shared/tenant-settings/email-renderer.ts';
import { MESSAGE_EVENTS, templatesOn } from '#shared/tenant-settings/events.ts';
import { SMS_TEMPLATES } from '#shared/tenant-settings/sms-renderer.ts';

const REGISTERED = { email: EMAIL_TEMPLATES, sms: SMS_TEMPLATES };

describe('the events that send messages', () => {
  for (const channel of ['email', 'sms'] as const) {
    it(`have every template that the sender of ${channel} registers, so that tenants can set each of them`, () => {
      const registered = REGISTERED[channel].map(({ template }) => template.name);
      assert.deepEqual(registered.toSorted(), [...templatesOn(channel).keys()].sort());
    });
  }

  it('have templates whose placeholders have a value for the sample, in every language and on every channel', () => {
    const onChannels = Object.values(MESSAGE_EVENTS).flatMap(({ template, channels }) =>
      channels.map((channel) => ({ template, channel })),
    );
    for (const { template, channel } of onChannels) {
      const emailOnly = channel === 'email' ? template.emailOnly : [];
      const names = [...template.figures, ...template.typed, ...emailOnly].sort();
      for (const locale of ['en', 'de-AT']) {
        const values = template.valuesFor({ locale, data: template.sample }, channel);
        assert.deepEqual(Object.keys(values).sort(), names);
        for (const [name, value] of Object.entries(values)) assert.ok(value !== '', `${template.name} ${name}`);
      }
    }
  });
});
