import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { languageOf, pluralOf } from '#shared/notification/rendering/language.ts';

describe('the language of our texts', () => {
  it("is the locale's, if our texts have it", () => {
    for (const locale of ['de', 'de-AT', 'DE-ch', 'de-Latn-DE']) assert.equal(languageOf(locale), 'de', locale);
    for (const locale of ['en', 'en-GB']) assert.equal(languageOf(locale), 'en', locale);
  });

  it('is English otherwise', () => {
    for (const locale of ['fr', 'den', 'nds', '', '!', 'de_AT']) assert.equal(languageOf(locale), 'en', locale);
  });
});

describe('the plural', () => {
  it('is the one of the language', () => {
    const forms = { one: 'item', other: 'items' };
    assert.deepEqual(
      [0, 1, 2, 21].map((count) => pluralOf(count, 'en', forms)),
      ['items', 'item', 'items', 'items'],
    );
  });
});
