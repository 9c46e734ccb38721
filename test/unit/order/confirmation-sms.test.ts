import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isPlain, MAXIMUM_SEGMENTS } from '#shared/notification/rendering/sms.ts';
import { fitted, segmentsAsSent, segmentsOf } from '#shared/notification/rendering/sms-fitting.ts';
import type { Filling } from '#shared/notification/template.ts';
import type { OrderConfirmation } from '#shared/order/confirmation.ts';
import { confirmationSms } from '#shared/order/confirmation-sms.ts';
import { checkProperty } from '#test/support/random-runs.ts';

const content = (data: Partial<OrderConfirmation> = {}, locale = 'en'): Filling<OrderConfirmation> => ({
  locale,
  data: {
    orderId: 'order1',
    name: 'Ada',
    currency: 'EUR',
    total: 2500,
    itemCount: 2,
    placedAt: '2026-01-02T03:04:05.000Z',
    ...data,
  },
});

describe('the confirmation as a text message', () => {
  it('contains the order in one part', async () => {
    assert.deepEqual(await confirmationSms(content()), {
      channel: 'sms',
      body: 'Order order1 is placed: 2 items, EUR 25.00 in total. Thank you, Ada!',
      segments: 1,
    });
  });

  it('counts one item, and none', async () => {
    assert.match((await confirmationSms(content({ itemCount: 1 }))).body, /: 1 item, /);
    assert.equal(
      (await confirmationSms(content({ itemCount: 0, total: 0 }))).body,
      'Order order1 is placed, without items so far. Thank you, Ada!',
    );
  });

  it('says the same in German, within GSM-7', async () => {
    const body = async (data: Partial<OrderConfirmation>) => (await confirmationSms(content(data, 'de'))).body;
    assert.equal(await body({}), 'Bestellung order1 ist eingegangen: 2 Artikel, 25,00 EUR gesamt. Vielen Dank, Ada!');
    assert.match(await body({ itemCount: 1 }), /: 1 Artikel, /);
    assert.equal(
      await body({ itemCount: 0, total: 0, name: 'Jörg Größe' }),
      'Bestellung order1 ist eingegangen, noch ohne Artikel. Vielen Dank, Jörg Größe!',
    );
    assert.equal((await confirmationSms(content({ name: 'Jörg Größe' }, 'de'))).segments, 1);
  });

  it('stays in GSM-7 for every currency and locale, whose spaces and symbols are not in it', async () => {
    for (const [currency, locale] of [
      ['INR', 'fr'],
      ['PLN', 'pl'],
      ['EGP', 'ar-EG'],
      ['CHF', 'de-CH'],
      ['JPY', 'ja'],
    ] as const) {
      const { body, segments } = await confirmationSms(
        content({ currency, total: 123456789, itemCount: 12345 }, locale),
      );
      assert.equal(segments, 1, body);
      assert.match(body, /^[\x20-\x7E’]*$/, body);
    }
  });

  it('replaces typographic quotes where that brings it to GSM-7', async () => {
    assert.match((await confirmationSms(content({ name: '“Ada’s”' }))).body, /Thank you, "Ada's"!$/);
  });

  it('leaves text alone that needs UCS-2 anyway', async () => {
    assert.match((await confirmationSms(content({ name: '“阿达’s”' }))).body, /Thank you, “阿达’s”!$/);
  });

  it('takes control characters and line breaks out of a name', async () => {
    assert.match(
      (await confirmationSms(content({ name: 'Ada\u0000\r\nBcc:\u202Ex' }))).body,
      /Thank you, Ada Bcc: x!$/,
    );
  });

  it('keeps isolates, which hold a name of another direction in its place', async () => {
    const name = '\u2067עדה\u2069';
    assert.ok((await confirmationSms(content({ name }))).body.endsWith(`Thank you, ${name}!`));
  });

  it('closes an isolate that a name leaves open, so that our words stay in their order', async () => {
    for (const [name, printed] of [
      ['\u2067עדה', '\u2067עדה\u2069'],
      ['\u2066a\u2067ב', '\u2066a\u2067ב\u2069\u2069'],
      ['\u2066a\u2067ב\u2069', '\u2066a\u2067ב\u2069\u2069'],
      ['Ada\u2069', 'Ada'],
      ['\u2068Ada\u2069\u2069 L.', '\u2068Ada\u2069 L.'],
    ] as const) {
      const { body } = await confirmationSms(content({ name }));
      assert.ok(body.endsWith(`Thank you, ${printed}!`), JSON.stringify(body));
    }
  });

  it('cuts the name, never the figures', async () => {
    const { body, segments } = await confirmationSms(content({ name: '👩‍👩‍👧‍👦'.repeat(100) }));
    assert.equal(segments, MAXIMUM_SEGMENTS);
    assert.match(body, /^Order order1 is placed: 2 items, EUR 25\.00 in total\. Thank you, (?:👩‍👩‍👧‍👦)+…$/u);
  });
});

describe('a plain text', () => {
  it('is one part, and would be left as it is', () =>
    checkProperty(
      'sms: plain',
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 170 }), (text) => {
        if (!isPlain(text)) return;
        assert.deepEqual(fitted(text, MAXIMUM_SEGMENTS), { channel: 'sms', body: text, segments: 1 });
      }),
    ));

  it('is what a confirmation mostly is; the longest has 160 characters', () => {
    const everyone = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
      .filter(isPlain)
      .join('');
    assert.deepEqual(fitted(everyone, 1), { channel: 'sms', body: everyone, segments: 1 });
    assert.equal(isPlain('x'.repeat(160)), true);
    assert.equal(isPlain('x'.repeat(161)), false);
    for (const other of ['é', '’', '€', '[', '\n', '漢']) assert.equal(isPlain(other), false, other);
  });
});

describe('fitting a text', () => {
  it('a text of the largest request is counted at least as far as any limit, and not character by character', () => {
    for (const unit of ['x', '€', '漢', '👍', 'e\u0301']) {
      const parts = segmentsOf(unit.repeat(200_000));
      assert.ok(parts >= 1250, unit);
      assert.ok(segmentsAsSent(unit.repeat(200_000)) > 1000, unit);
      assert.equal(fitted(unit.repeat(200_000), 3).segments, 3, unit);
    }
  });

  it('fills the last part to its end and not beyond', () => {
    assert.deepEqual(fitted('x'.repeat(160), 1), { channel: 'sms', body: 'x'.repeat(160), segments: 1 });
    assert.deepEqual(fitted('x'.repeat(161), 1), { channel: 'sms', body: `${'x'.repeat(157)}...`, segments: 1 });
    assert.deepEqual(fitted('x'.repeat(460), 3), { channel: 'sms', body: `${'x'.repeat(456)}...`, segments: 3 });
    assert.deepEqual(fitted('漢'.repeat(71), 1), { channel: 'sms', body: `${'漢'.repeat(69)}…`, segments: 1 });
    assert.deepEqual(fitted('€'.repeat(81), 1), { channel: 'sms', body: `${'€'.repeat(78)}...`, segments: 1 });
  });

  it('counts a character with very many marks by its length', () => {
    const stacked = `漢${'\u0301'.repeat(500)}`;
    assert.deepEqual(fitted(`a${stacked}`, 3), { channel: 'sms', body: 'a…', segments: 1 });
    assert.ok(segmentsAsSent(`a${stacked}`) > 3);
  });

  const pieces = fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('👩‍👩‍👧‍👦', '🇦🇹', 'é', 'e\u0301', '“', '€', '\uD83D', '\uDC00', 'x'.repeat(150), '漢'.repeat(60)),
    ),
    { maxLength: 20 },
  );

  it('stays within its parts, cuts between characters and breaks no surrogate pair, for any text', () =>
    checkProperty(
      'sms: fitting',
      fc.property(pieces, fc.integer({ min: 1, max: MAXIMUM_SEGMENTS }), (parts, maximum) => {
        const text = parts.join('');
        const { body, segments } = fitted(text, maximum);
        assert.ok(body.isWellFormed());
        assert.ok(segments <= maximum, `${segments} parts`);
        assert.ok(body.length <= Math.max(160, maximum * 153));
        const whole = text.toWellFormed().normalize('NFC');
        if (body === whole || !body.endsWith('…')) return;
        const kept = body.slice(0, -1);
        assert.ok(whole.startsWith(kept));
        const borders: number[] = [0];
        for (const { segment } of new Intl.Segmenter('en').segment(whole))
          borders.push((borders.at(-1) ?? 0) + segment.length);
        assert.ok(borders.includes(kept.length), 'cut within a character');
      }),
    ));
});
