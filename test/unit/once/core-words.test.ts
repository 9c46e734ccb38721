import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

/** Words of our domains. The core handles commands, messages and rows of any domain, so it uses none of them. */
const DOMAIN_WORDS = [
  'attachment',
  'channel',
  'circuit',
  'customer',
  'email',
  'erasure',
  'erase',
  'feedback',
  'mail',
  'notification',
  'order',
  'provider',
  'recipient',
  'sms',
  'statistic',
  'suppress',
  'suppression',
];

/** In prose, `order` also means a sequence. */
const IN_PROSE_ALLOWED = new Set(['order']);

/** What AWS calls the type of an SNS envelope. */
const EXCEPTIONS: Record<string, string[]> = { 'shared/messaging/parse.ts': ['notification'] };

const CORE = globSync('shared/{once,messaging}/**/*.ts').sort();

/** The words in a line: parts of identifiers, in camel case or in capitals, and of texts. Plural is singular. */
const wordsOf = (line: string): string[] =>
  line
    .replaceAll('e-mail', 'email')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .map((word) => word.replace(/s$/, ''))
    .map((word) => (word === 'sm' ? 'sms' : word));

const isComment = (line: string): boolean => /^\s*(\/\*\*|\*|\/\/)/.test(line);

function domainWordsIn(line: string): string[] {
  const found = wordsOf(line).filter((word) => DOMAIN_WORDS.includes(word));
  return isComment(line) ? found.filter((word) => !IN_PROSE_ALLOWED.has(word)) : found;
}

describe('the core', () => {
  for (const file of CORE) {
    it(`names no domain: ${file}`, () => {
      const found = readFileSync(file, 'utf8').split('\n').flatMap(domainWordsIn);
      assert.deepEqual(found, EXCEPTIONS[file] ?? []);
    });
  }

  it('is searched for words in identifiers, texts and comments', () => {
    assert.ok(CORE.length > 20, `${CORE.length} files`);
    assert.deepEqual(domainWordsIn('const dueErasures = of(SMS_FEEDBACK, "an e-mail", orderId);'), [
      'erasure',
      'sms',
      'feedback',
      'email',
      'order',
    ]);
    assert.deepEqual(domainWordsIn(' * Notifications, in the order of time.'), ['notification']);
  });
});
