import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mailDocument } from '#console/mail-document.ts';
import { visibleLine, visibleText } from '#console/visible-text.ts';

const SOURCES = join(import.meta.dirname, '..', '..', '..', 'console', 'src');

describe('content that others wrote', () => {
  it('cannot hide or reverse what is shown: hidden characters are shown as code points', () => {
    assert.equal(visibleLine('invoice\u202Efdp.exe'), 'invoice⟨U+202E⟩fdp.exe');
    assert.equal(visibleLine('a\u200Bb\uFEFF\u0000\n'), 'a⟨U+200B⟩b⟨U+FEFF⟩⟨U+0000⟩⟨U+000A⟩');
    assert.equal(visibleText('one\r\ntwo\tthree\u2066'), 'one\ntwo\tthree⟨U+2066⟩');
  });

  it('stays as it is in every language, and with emoji', () => {
    for (const text of ['Grüße aus Wien', 'שלום', 'مرحبا', '注文を承りました', '👩‍🚀 ❤️'])
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
    assert.deepEqual(all.match(/<iframe[^>]*>/g), [
      '<iframe title={t(\'frameTitle\')} sandbox="" srcdoc={mailDocument(html)} />',
    ]);
    const links = [...all.matchAll(/<a\b[^>]*?\shref=(\S+)/g)].map(([, address]) => address).sort();
    assert.deepEqual(links, ['"#messages">', '{href}', '{inboxUrl}']);
  });
});
