import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Files that git tracks or would add, so that new pages are tested too. */
export const FILES: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard'],
  { cwd: root, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file !== '');

export const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** A page of the documentation. */
export type Page = {
  /** Relative to the project. */
  file: string;
  text: string;
  /** Without fenced blocks. */
  prose: string;
  /** Fenced blocks with the language that they name. */
  blocks: { language: string; text: string }[];
};

const FENCE = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

function pageOf(file: string): Page {
  const text = read(file);
  const blocks = Array.from(text.matchAll(FENCE), ([, , language = '', body = '']) => ({ language, text: body }));
  return { file, text, prose: text.replace(FENCE, ''), blocks };
}

/** Every page, in the order of their names. */
export const PAGES: readonly Page[] = FILES.filter((file) => file.endsWith('.md')).map(pageOf);

/** Decisions describe the state at their time. Their links are tested, but not the names in them. */
export const isDecision = ({ file }: Page): boolean => /^docs\/adr\/\d/.test(file);

/** Code spans of a page's prose: text between backquotes. */
export const spansOf = ({ prose }: Page): string[] =>
  Array.from(prose.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g), ([, span = '']) => span);

/** Links to other files of the project, with the heading that they name. */
export function linksOf({ file, prose }: Page): { target: string; heading: string }[] {
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', heading = ''] = link.split('#');
      return { target: path === '' ? file : posix.normalize(posix.join(posix.dirname(file), path)), heading };
    });
}

/** The anchor of a heading (GitHub's rule). */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[`*]/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

export const anchorsOf = ({ prose }: Page): string[] =>
  Array.from(prose.matchAll(/^#+ (.*)$/gm), ([, heading = '']) => anchorOf(heading));
