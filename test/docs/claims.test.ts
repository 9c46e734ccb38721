import assert from 'node:assert/strict';
import { matchesGlob } from 'node:path';
import { describe, it } from 'node:test';
import { anchorsOf, FILES, isDecision, linksOf, PAGES, type Page, read, spansOf } from './pages.ts';

/**
 * Everything that the pages name exists. A page that names a file, a command or a variable is correct only while that
 * exists, and no other test would detect its removal.
 */

const FOLDERS = [...new Set(FILES.flatMap((file) => ancestorsOf(file)))];
const CURRENT = PAGES.filter((page) => !isDecision(page));

/** All code and settings of the project as one text, without its pages and locks. */
const CODE = FILES.filter((file) => !/\.md$|package-lock\.json$|^test\/docs\//.test(file))
  .map(read)
  .join('\n');
const WORDS = new Set(CODE.match(/[\p{L}\p{N}_$-]+/gu));

function ancestorsOf(file: string): string[] {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

const COMMIT = /^[0-9a-f]{7,40}$/;

/** Each fault with its page, so that one run shows all of them. */
const faultsOf = (pages: readonly Page[], find: (page: Page) => string[]): string[] =>
  pages.flatMap((page) => find(page).map((fault) => `${page.file}: ${fault}`));

describe('the documentation', () => {
  it('links to files and headings that exist', () => {
    const faults = faultsOf(PAGES, (page) =>
      linksOf(page).flatMap(({ target, heading }) => {
        const path = target.replace(/\/$/, '');
        if (!FILES.includes(path) && !FOLDERS.includes(path)) return [`${target} does not exist`];
        const linked = PAGES.find(({ file }) => file === path);
        return heading === '' || !linked || anchorsOf(linked).includes(heading) ? [] : [`${path} has no #${heading}`];
      }),
    );
    assert.deepEqual(faults, []);
  });

  it('names files and folders that exist', () => {
    const faults = faultsOf(CURRENT, (page) =>
      pathsIn(page).flatMap((path) => {
        const pattern = path.replace(/<[^>]+>/g, '*').replace(/\/$/, '');
        const exists = [...FILES, ...FOLDERS].some((known) => known === pattern || matchesGlob(known, pattern));
        return exists ? [] : [`${path} does not exist`];
      }),
    );
    assert.deepEqual(faults, []);
  });

  it('calls npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const faults = faultsOf(CURRENT, ({ text }) =>
      Array.from(text.matchAll(/\bnpm run (?:--silent )?([a-z][a-z0-9:-]*)/g), ([, name = '']) => name)
        .filter((name) => !Object.hasOwn(scripts, name))
        .map((name) => `there is no npm script ${name}`),
    );
    assert.deepEqual(faults, []);
  });

  it('names variables, codes, functions and attributes that exist in the code', () => {
    const faults = faultsOf(CURRENT, (page) =>
      spansOf(page)
        .filter((span) => /^[A-Za-z_$][\p{L}\p{N}_$-]*(\(\))?$/u.test(span))
        .map((span) => span.replace(/\(\)$/, ''))
        .filter((word) => !COMMIT.test(word))
        .filter((word) => !WORDS.has(word) && !CODE.includes(word))
        .map((word) => `nothing in the code is called ${word}`),
    );
    assert.deepEqual(faults, []);
  });

  it('names a commit for every figure that a command has printed', () => {
    const pages = CURRENT.filter(({ blocks }) =>
      blocks.some(({ text }) => /^\$ npm run (bench|test:simulation|test:guards|test:faults)/m.test(text)),
    );
    assert.ok(pages.length > 0);
    const faults = faultsOf(pages, ({ text }) => (/`[0-9a-f]{7,40}`/.test(text) ? [] : ['figures without a commit']));
    assert.deepEqual(faults, []);
  });
});

/** Spans that begin with one of the project's own folders or are a file of its root. */
function pathsIn(page: Page): string[] {
  const tops = [...new Set(FILES.map((file) => file.split('/')[0] ?? ''))];
  return spansOf(page).filter((span) => {
    const [top = '', ...rest] = span.split('/');
    return /^[\w.{},*<>/-]+$/.test(span) && tops.includes(top) && (rest.length > 0 || /\.\w+$/.test(top));
  });
}
