import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENTS, PARTS, placeholdersFor, type Settings } from '#console/settings/catalogue.ts';
import { TEXTS } from '#console/settings/texts.ts';
import { changesBetween, cleaned, mergedSettings } from '#console/settings/units.ts';
import { COMMON_PLACEHOLDERS } from '#shared/notification/settings/limits.ts';
import { MESSAGE_EVENTS } from '#shared/tenant-settings/events.ts';

const OWN = { template: 'order-confirmation', channel: 'email', locale: 'en' } as const;

describe('the form of the settings', () => {
  it('offers the events, channels and placeholders of the stage, each with a text', () => {
    assert.deepEqual(Object.keys(EVENTS).sort(), Object.keys(MESSAGE_EVENTS).sort());
    for (const [event, { channels, template }] of Object.entries(MESSAGE_EVENTS)) {
      assert.deepEqual(EVENTS[event]?.channels, channels, event);
      assert.equal(EVENTS[event]?.template, template.name, event);
      for (const group of ['event', 'when']) assert.ok(Object.hasOwn(TEXTS, `${group}.${event}`), `${group}.${event}`);
    }
  });

  it('offers the placeholders that the stage permits', () => {
    for (const { channels, template } of Object.values(MESSAGE_EVENTS)) {
      const { figures, typed, emailOnly } = template;
      const all = [...figures, ...typed, ...emailOnly];
      const texts = { email: all, sms: [...figures, ...typed] };
      for (const channel of channels)
        for (const part of PARTS[channel]) {
          const permitted = { subject: figures, html: all, text: texts[channel] }[part];
          assert.deepEqual(
            [...placeholdersFor({ template: template.name, channel, locale: 'en' }, part)].sort(),
            [...permitted, ...COMMON_PLACEHOLDERS].sort(),
          );
        }
    }
  });

  it('leaves out what is empty, and keeps the place of every own text', () => {
    assert.deepEqual(
      cleaned({
        events: { OrderPlaced: undefined, OrderCancelled: [] },
        defaultLocale: '',
        sender: { name: '', replyTo: '' },
        brand: { name: 'Acme', color: '' },
        templates: [{ ...OWN, subject: '', text: '' }],
        fallback: { email: undefined },
      }),
      { events: { OrderCancelled: [] }, brand: { name: 'Acme' }, templates: [OWN] },
    );
    assert.deepEqual(cleaned({ templates: [] }), {});
  });

  it('knows what has changed, whatever the order of fields', () => {
    const one: Settings = { brand: { name: 'Acme', color: '#000000' }, templates: [{ ...OWN, text: 'One' }] };
    const same: Settings = { templates: [{ text: 'One', ...OWN }], brand: { color: '#000000', name: 'Acme' } };
    assert.deepEqual(changesBetween(one, same), []);
    const other: Settings = { brand: { name: 'Acme' }, templates: [{ ...OWN, text: 'Two' }], defaultLocale: 'de' };
    assert.deepEqual(changesBetween(one, other), [
      'brand/color',
      'templates/order-confirmation/email/en',
      'defaultLocale',
    ]);
  });

  it('joins the changes of two people, and mine count where both have changed the same', () => {
    const base: Settings = {
      brand: { name: 'Acme', color: '#000000', logoUrl: 'https://shop.example/a.png' },
      templates: [{ ...OWN, text: 'Base' }],
    };
    const mine: Settings = {
      brand: { name: 'Mine', color: '#000000', logoUrl: 'https://shop.example/a.png' },
      templates: [],
    };
    const theirs: Settings = {
      brand: { name: 'Theirs', color: '#111111' },
      defaultLocale: 'de',
      templates: [
        { ...OWN, text: 'Base' },
        { ...OWN, locale: 'de', text: 'Ihr' },
      ],
    };
    assert.deepEqual(mergedSettings(base, mine, theirs), {
      brand: { name: 'Mine', color: '#111111' },
      defaultLocale: 'de',
      templates: [{ ...OWN, locale: 'de', text: 'Ihr' }],
    });
  });
});
