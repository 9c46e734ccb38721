import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { allDescriptions } from '#test/support/descriptions.ts';
import { lint, renderPage } from './redocly.ts';

/** Redocly shares no code with the generator of the documents. */
describe('the descriptions of routes and messages', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-descriptions-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const withFile = (text: string): string => {
    const file = join(folder, 'document.json');
    writeFileSync(file, text);
    return file;
  };
  const described = allDescriptions();
  const textsOf = async () => (await described).flatMap(({ openApiText, asyncApiText }) => [openApiText, asyncApiText]);

  it('are valid for a tool of others', async () => {
    for (const text of await textsOf()) {
      const { exitCode, printed } = lint(withFile(text));
      assert.equal(exitCode, 0, printed);
    }
  });

  it('are not valid with a fault', async () => {
    const [openApi = '', asyncApi = ''] = await textsOf();
    const faulty = [
      openApi.replace('"operationId":"placeOrder",', ''),
      openApi.replaceAll('#/components/schemas/PlaceOrder"', '#/components/schemas/NoSuch"'),
      asyncApi.replace('"action":"send"', '"action":"shout"'),
      asyncApi.replace('#/components/messages/OrderPlaced', '#/components/messages/NoSuch'),
    ];
    for (const [index, text] of faulty.entries()) {
      assert.notEqual(text, [openApi, openApi, asyncApi, asyncApi][index], 'The replaced text is not in the document.');
      assert.notEqual(lint(withFile(text)).exitCode, 0, `fault ${index}`);
    }
  });

  it('are rendered as pages that load nothing from a network', async () => {
    const [, asyncApi = ''] = await textsOf();
    const page = join(folder, 'page.html');
    renderPage(withFile(asyncApi), page);
    const html = readFileSync(page, 'utf8');
    assert.match(html, /<head>\s*<meta http-equiv="Content-Security-Policy" content="default-src [^"]*data: blob:">/);
    assert.doesNotMatch(html, /<(?:script|link|img|iframe)[^>]* (?:src|href)="(?:https?:)?\/\//);
    assert.match(html, /counterfoil\.order\.placed\.v1/);
  });
});
