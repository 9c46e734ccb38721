import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { countText, knownLocale, moneyFormat, timeText } from '#shared/notification/rendering/figures.ts';
import { listOne } from '#test/support/iso-4217.ts';
import { checkProperty } from '#test/support/random-runs.ts';

const money = (minorUnits: bigint, currency: string, locale = 'en') =>
  moneyFormat(currency, locale, 'code')(minorUnits);

describe('money', () => {
  it("has the currency's own number of decimals", () => {
    assert.equal(money(1250n, 'EUR'), 'EUR 12.50');
    assert.equal(money(1250n, 'JPY'), 'JPY 1,250');
    assert.equal(money(1250n, 'KWD'), 'KWD 1.250');
    assert.equal(money(5n, 'EUR'), 'EUR 0.05');
    assert.equal(money(0n, 'EUR'), 'EUR 0.00');
    assert.equal(money(-1250n, 'EUR'), '-EUR 12.50');
  });

  it("is written in the locale's way, with Latin digits and without direction marks", () => {
    assert.equal(money(123456n, 'EUR', 'de-AT'), 'EUR 1.234,56');
    assert.equal(money(123456n, 'EGP', 'ar-EG'), '1,234.56 EGP');
    assert.equal(moneyFormat('EUR', 'en', 'symbol')(1250n), '€12.50');
  });

  it('falls back to English for a locale that is unknown or none', () => {
    for (const locale of ['zz', 'xx-YY', '', '!', 'en_US', 'a'.repeat(50)]) {
      assert.equal(knownLocale(locale), 'en', locale);
      assert.equal(money(1250n, 'EUR', locale), 'EUR 12.50', locale);
    }
  });

  it('is exact at any size, where a float is not', () => {
    assert.equal(money(BigInt(Number.MAX_SAFE_INTEGER), 'EUR'), 'EUR 90,071,992,547,409.91');
    assert.equal(money(1_000_000n * BigInt(Number.MAX_SAFE_INTEGER), 'EUR'), 'EUR 90,071,992,547,409,910,000.00');
  });

  it('can be read back to the digit', () =>
    checkProperty(
      'money: exact',
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 30n }),
        fc.constantFrom(...listOne.filter((listed) => listed.minorUnits !== undefined)),
        (minorUnits, { code, minorUnits: decimals = 0 }) => {
          const text = money(minorUnits, code);
          assert.equal(BigInt(text.replace(/\D/g, '')), minorUnits);
          assert.equal(text.split('.')[1]?.length ?? 0, decimals);
        },
      ),
    ));
});

describe('counts and times', () => {
  it('groups digits', () => assert.equal(countText(1234567, 'en'), '1,234,567'));
  it('prints the time in UTC, whatever the time zone of the machine', () => {
    assert.equal(timeText('2026-01-02T03:04:05.678Z', 'en'), 'January 2, 2026 at 3:04 AM UTC');
  });
  it("writes the time in the locale's way, if our texts are in its language", () => {
    const written = (locale: string) => timeText('2026-01-02T15:04:05.678Z', locale);
    assert.equal(written('en-GB'), '2 January 2026 at 15:04 UTC');
    assert.equal(written('de'), '2. Januar 2026 um 15:04 UTC');
    assert.equal(written('de-AT-u-ca-buddhist-nu-arab'), '2. Jänner 2026 um 15:04 UTC');
    for (const other of ['fr', 'ar', 'zz', '!', '']) assert.equal(written(other), written('en'), other);
  });
});
