import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mailbox } from '#shared/adapters/aws/providers/ses/mailbox.ts';
import { checkProperty } from '#test/support/random-runs.ts';

const ADDRESS = 'orders@shop.example';

/** The name as a mail client reads it. */
function nameIn(text: string): string {
  const name = text.slice(0, -` <${ADDRESS}>`.length);
  if (name.startsWith('"')) return name.slice(1, -1).replace(/\\(.)/g, '$1');
  const words = name
    .split(' ')
    .map((word) => /^=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=$/.exec(word)?.[1] ?? assert.fail(word));
  return words.map((word) => Buffer.from(word, 'base64').toString()).join('');
}

describe('an address with a name', () => {
  it('is quoted, or in encoded words if the name is not ASCII', () => {
    assert.equal(mailbox(undefined, ADDRESS), ADDRESS);
    assert.equal(mailbox(' ', ADDRESS), ADDRESS);
    assert.equal(mailbox('Acme "Shop" \\ Co, Ltd.', ADDRESS), `"Acme \\"Shop\\" \\\\ Co, Ltd." <${ADDRESS}>`);
    assert.equal(mailbox('Müller', ADDRESS), `=?UTF-8?B?TcO8bGxlcg==?= <${ADDRESS}>`);
  });

  it('cannot add a header or a second address, whatever the name is', () =>
    checkProperty(
      'settings: sender name',
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
        const text = mailbox(name, ADDRESS);
        assert.match(text, /^[\x20-\x7e]*$/);
        assert.ok(text.endsWith(ADDRESS) || text.endsWith(`<${ADDRESS}>`), text);
        if (text === ADDRESS) return;
        for (const word of text.split(' ')) if (word.startsWith('=?UTF-8')) assert.ok(word.length <= 75, word);
        if (!text.startsWith('"')) return void nameIn(text);
        assert.match(text.slice(0, -` <${ADDRESS}>`.length), /^"(?:[^"\\]|\\["\\])*"$/);
      }),
      1000,
    ));

  it('keeps every character that can be shown', () => {
    for (const name of ['Ünïcödé '.repeat(8).trim(), '日本語の店'.repeat(9), '😀'.repeat(20), 'a'.repeat(64)])
      assert.equal(nameIn(mailbox(name, ADDRESS)), name);
  });
});
