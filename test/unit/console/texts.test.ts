import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { COMMON } from '#console/base/common-texts.ts';
import { LANGUAGES, languageFor, type Texts, textsIn } from '#console/base/texts.ts';
import { TEXTS } from '#console/messages/texts.ts';
import { timelineEntrySchema } from '#shared/message-log/responses.ts';
import { RESOLVE_ACTIONS } from '#shared/notification/notification.ts';
import { notificationSchema } from '#shared/notification/responses.ts';
import { channel } from '#shared/recipient/channel.ts';

const SOURCES = join(import.meta.dirname, '..', '..', '..', 'console', 'src');
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

/** The tables of all pages, by their folder. A page has its texts in `texts.ts`, and the common ones with them; so has a part of a page. */
const TABLES: ReadonlyMap<string, Texts> = new Map([
  ['', COMMON],
  ...(await Promise.all(
    globSync('*/{,*/}texts.ts', { cwd: SOURCES })
      .filter((file) => !file.startsWith('base'))
      .map(async (file) => [dirname(file), (await import(join(SOURCES, file))).TEXTS] as const),
  )),
]);

describe('the texts of the console', () => {
  it('exist in every language, with the same values', () => {
    for (const [folder, table] of TABLES)
      for (const [name, text] of Object.entries(table)) {
        for (const language of LANGUAGES) assert.match(text[language], /\S/, `${folder} ${name} in ${language}`);
        assert.deepEqual(placeholders(text.de), placeholders(text.en), `${folder} ${name}`);
      }
  });

  it('are all used', () => {
    for (const [folder, table] of TABLES) {
      const inherited = { ...(folder !== '' && COMMON), ...(folder.includes('/') && TABLES.get(dirname(folder))) };
      const sources = globSync('**/*.{ts,tsx}', {
        cwd: join(SOURCES, folder),
        exclude: ['**/texts.ts', '**/common-texts.ts'],
      })
        .map((file) => readFileSync(join(SOURCES, folder, file), 'utf8'))
        .join('\n');
      const unused = Object.keys(table).filter(
        (name) =>
          !Object.hasOwn(inherited, name) &&
          !name.includes('.') &&
          !sources.includes(`'${name}'`) &&
          !sources.includes(`"${name}"`),
      );
      assert.deepEqual(unused, [], folder);
    }
  });

  it('have a word for every value of the API, and show a value that they do not know', () => {
    const t = textsIn(TEXTS, 'de');
    const values = {
      status: notificationSchema.entries.status.options,
      channel: channel.options,
      event: timelineEntrySchema.entries.kind.options,
      decision: RESOLVE_ACTIONS,
    };
    for (const group of ['status', 'channel', 'event', 'decision'] as const)
      for (const value of values[group]) assert.ok(Object.hasOwn(TEXTS, `${group}.${value}`), `${group}.${value}`);
    assert.equal(t.value('status', 'FROM_THE_FUTURE'), 'FROM_THE_FUTURE');
    assert.equal(t.value('status', 'constructor'), 'constructor');
  });

  it('contain the values that they are given, and nothing else of an object', () => {
    const t = textsIn(TEXTS, 'en');
    assert.equal(t('newMessages', { count: 3 }), 'New messages: 3');
    assert.equal(t('signedInAs', { name: '{count}' }), 'Signed in as {count}');
  });

  it('are in the first preferred language that exists', () => {
    assert.equal(languageFor(['', 'fr-FR', 'de-AT', 'en']), 'de');
    assert.equal(languageFor(['ja']), 'en');
  });
});
