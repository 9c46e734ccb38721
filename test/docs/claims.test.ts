import assert from 'node:assert/strict';
import { matchesGlob } from 'node:path';
import { describe, it } from 'node:test';
import {
  anchorsOf,
  FILES,
  isCommit,
  isDecision,
  isShallow,
  linksOf,
  PAGES,
  type Page,
  read,
  type Section,
  sectionsOf,
  spansOf,
  type Table,
  tablesIn,
} from './pages.ts';

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
const COMMITS = /`[0-9a-f]{7,40}`/;

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

  it('gives a command and a commit with all figures that were measured, in the same section', () => {
    const sections = CURRENT.flatMap((page) => sectionsOf(page).filter(hasFigures));
    assert.ok(sections.length > 0);
    const faults = sections.flatMap(({ file, heading, text }) => [
      ...(COMMITS.test(text) ? [] : [`${file}, ${heading}: figures without a commit`]),
      ...(/^(\$ )?(npm|node) |`(npm|node) /m.test(text) ? [] : [`${file}, ${heading}: figures without a command`]),
    ]);
    assert.deepEqual(faults, []);
  });

  it('gives a commit with every date of a measurement, in the same paragraph', () => {
    const measured = /\b(printed|measured|observed)\b[^.|]*\b\d{4}-\d\d-\d\d\b/i;
    const faults = faultsOf(CURRENT, ({ prose }) =>
      prose.split(/\n\n+/).filter((paragraph) => measured.test(paragraph) && !COMMITS.test(paragraph)),
    );
    assert.deepEqual(faults, []);
  });

  it('names commits that exist', (t) => {
    if (isShallow()) return t.skip('This clone does not have the whole history.');
    const faults = faultsOf(CURRENT, (page) =>
      spansOf(page)
        .filter((span) => COMMIT.test(span) && !isCommit(span))
        .map((span) => `there is no commit ${span}`),
    );
    assert.deepEqual(faults, []);
  });

  it('answers the questions of a newcomer in their order', () => {
    const readme = PAGES.find(({ file }) => file === 'README.md');
    const headings = Array.from(readme?.prose.matchAll(/^#+ (.*)$/gm) ?? [], ([, heading]) => heading);
    assert.deepEqual(headings.slice(0, 6), [
      'Counterfoil',
      'See it work',
      'Run it',
      'Use it',
      'Deploy it',
      'Why trust it',
    ]);
  });
});

/**
 * Whether a section shows what a command printed: a block in which a measuring command is typed, a line of a block with a figure
 * at its end, or a table with a figure in most of its rows. A table of settings has figures that nothing measured.
 */
const hasFigures = ({ text }: Section): boolean =>
  /^\$ npm run (bench|test)|^ {2,}\S.* {3,}\d+$/m.test(text) || tablesIn(text).some(isMeasured);

const FIGURE = /^\**-?\$?\d[\d,.]*( ?(ms|s|%|KB|MB|GB|units?|calls?|\/ million))?\b[^A-Za-z]*$/;

function isMeasured({ header, rows }: Table): boolean {
  const withFigure = rows.filter((cells) => cells.slice(1).some((cell) => FIGURE.test(cell)));
  return header[0] !== 'setting' && withFigure.length * 2 >= rows.length;
}

/** Spans that begin with one of the project's own folders or are a file of its root. */
function pathsIn(page: Page): string[] {
  const tops = [...new Set(FILES.map((file) => file.split('/')[0] ?? ''))];
  return spansOf(page).filter((span) => {
    const [top = '', ...rest] = span.split('/');
    return /^[\w.{},*<>/-]+$/.test(span) && tops.includes(top) && (rest.length > 0 || /\.\w+$/.test(top));
  });
}
