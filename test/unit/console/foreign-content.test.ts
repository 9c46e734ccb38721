import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { visibleLine, visibleText } from '#console/base/visible-text.ts';
import { mailDocument } from '#console/parts/mail-document.ts';

const SOURCES = join(import.meta.dirname, '..', '..', '..', 'console', 'src');

describe('content that others wrote', () => {
  it('cannot hide or reverse what is shown: hidden characters are shown as code points', () => {
    assert.equal(visibleLine('invoice\u202Efdp.exe'), 'invoice⟨U+202E⟩fdp.exe');
    assert.equal(visibleLine('a\u200Bb\uFEFF\u0000\n'), 'a⟨U+200B⟩b⟨U+FEFF⟩⟨U+0000⟩⟨U+000A⟩');
    assert.equal(visibleText('one\r\ntwo\tthree\u2066'), 'one\ntwo\tthree⟨U+2066⟩');
  });

  it('cannot pretend to be another text by separators, fillers and joiners', () => {
    for (const point of [0x2028, 0x2029, 0x034f, 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800]) {
      const shown = `a⟨U+${point.toString(16).toUpperCase().padStart(4, '0')}⟩b`;
      assert.equal(visibleLine(`a${String.fromCodePoint(point)}b`), shown);
      assert.equal(visibleText(`a${String.fromCodePoint(point)}b`), shown);
    }
    assert.equal(visibleLine('pay\u200Cpal 1\u200D\u200C2 .\u200D'), 'pay⟨U+200C⟩pal 1⟨U+200D⟩⟨U+200C⟩2 .⟨U+200D⟩');
    assert.equal(visibleLine('а\u200Dω\u200C\u200B\u200D'), 'а⟨U+200D⟩ω⟨U+200C⟩⟨U+200B⟩⟨U+200D⟩');
  });

  it('stays as it is in every language, and with emoji', () => {
    for (const text of ['Grüße aus Wien', 'שלום', 'مرحبا', 'می\u200Cخواهم', 'क्\u200Dष', '注文を承りました', '👩‍🚀 ❤️'])
      assert.equal(visibleLine(text), text);
  });

  it('as an e-mail is a document whose policy comes first, and permits no script and no load', () => {
    const document = mailDocument(
      '<meta http-equiv="Content-Security-Policy" content="script-src *"><script>1</script>',
    );
    const policy = document.indexOf('Content-Security-Policy');
    assert.ok(policy > 0 && policy < document.indexOf('script-src *'));
    assert.match(document, /content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;/);
  });

  it('reaches the page as text only: no source sets HTML, and the only frame has an empty sandbox', () => {
    const sources = globSync('**/*.{ts,tsx}', { cwd: SOURCES }).map((file) =>
      readFileSync(join(SOURCES, file), 'utf8'),
    );
    const all = sources.join('\n');
    assert.doesNotMatch(all, /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/);
    assert.deepEqual(all.match(/<iframe[^>]*>/g), ['<iframe title={t(\'frameTitle\')} sandbox="" srcdoc={mail} />']);
    assert.match(all, /const mail = useMemo\(\(\) => html && mailDocument\(withoutExits\(html\)\), /);
    // Every other address is made by a function that returns a query of this page.
    const addresses = [...all.matchAll(/<a\b[^>]*?\shref=(?:\{(\w+)|"([^"]*)")/g)].map(
      ([, name, text]) => name ?? text,
    );
    const others = new Set(addresses.filter((address) => !address?.startsWith('linkTo')));
    assert.deepEqual([...others].sort(), ['#content', 'fileUrl', 'href', 'hrefOfEntry', 'searchOf']);
  });
});
