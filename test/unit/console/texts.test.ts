import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LANGUAGES, languageFor, TEXTS, textsIn, valueText } from '#console/texts.ts';
import { timelineEntrySchema } from '#shared/message-log/responses.ts';
import { RESOLVE_ACTIONS } from '#shared/notification/notification.ts';
import { notificationSchema } from '#shared/notification/responses.ts';
import { channel } from '#shared/recipient/channel.ts';

const SOURCES = join(import.meta.dirname, '..', '..', '..', 'console', 'src');
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

describe('the texts of the console', () => {
  it('exist in every language, with the same values', () => {
    for (const [name, text] of Object.entries(TEXTS)) {
      for (const language of LANGUAGES) assert.match(text[language], /\S/, `${name} in ${language}`);
      assert.deepEqual(placeholders(text.de), placeholders(text.en), name);
    }
  });

  it('are all used', () => {
    const sources = globSync('**/*.{ts,tsx}', { cwd: SOURCES, exclude: ['texts.ts'] })
      .map((file) => readFileSync(join(SOURCES, file), 'utf8'))
      .join('\n');
    const unused = Object.keys(TEXTS).filter(
      (name) => !name.includes('.') && !sources.includes(`'${name}'`) && !sources.includes(`"${name}"`),
    );
    assert.deepEqual(unused, []);
  });

  it('have a word for every value of the API, and show a value that they do not know', () => {
    const t = textsIn('de');
    const values = {
      status: notificationSchema.entries.status.options,
      channel: channel.options,
      event: timelineEntrySchema.entries.kind.options,
      decision: RESOLVE_ACTIONS,
    };
    for (const group of ['status', 'channel', 'event', 'decision'] as const)
      for (const value of values[group]) assert.ok(Object.hasOwn(TEXTS, `${group}.${value}`), `${group}.${value}`);
    assert.equal(valueText(t, 'status', 'FROM_THE_FUTURE'), 'FROM_THE_FUTURE');
    assert.equal(valueText(t, 'status', 'constructor'), 'constructor');
  });

  it('contain the values that they are given, and nothing else of an object', () => {
    const t = textsIn('en');
    assert.equal(t('newMessages', { count: 3 }), 'New messages: 3');
    assert.equal(t('signedInAs', { name: '{count}' }), 'Signed in as {count}');
  });

  it('are in the first preferred language that exists', () => {
    assert.equal(languageFor(['', 'fr-FR', 'de-AT', 'en']), 'de');
    assert.equal(languageFor(['ja']), 'en');
  });
});
