import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

function git(...options: string[]): string {
  return execFileSync('git', options, { cwd: root, encoding: 'utf8' });
}

/** Files that git tracks or would add, so that new pages are tested too. */
export const FILES: readonly string[] = git('ls-files', '--cached', '--others', '--exclude-standard')
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
  blocks: Block[];
};

/** A fenced block. */
export type Block = {
  language: string;
  text: string;
  /** Whether only blank lines stand between the previous block and this one. */
  follows: boolean;
};

const FENCE = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

function pageOf(file: string): Page {
  const text = read(file);
  return { file, text, prose: text.replace(FENCE, ''), blocks: blocksOf(text) };
}

function blocksOf(text: string): Block[] {
  let end: number | undefined;
  return Array.from(text.matchAll(FENCE), ({ 0: all, 2: language = '', 3: body = '', index }) => {
    const follows = end !== undefined && text.slice(end, index).trim() === '';
    end = index + all.length;
    return { language, text: body, follows };
  });
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

/** The part of a page from one heading to the next, with its fenced blocks. */
export type Section = { file: string; heading: string; text: string };

export function sectionsOf({ file, text }: Page): Section[] {
  const blocks: string[] = [];
  const marked = text.replace(FENCE, (block) => `\0${blocks.push(block) - 1}\0`);
  return marked.split(/^(?=#+ )/m).map((section) => ({
    file,
    heading: section.split('\n')[0] ?? '',
    text: section.replace(/\0(\d+)\0/g, (_, index) => blocks[Number(index)] ?? ''),
  }));
}

export type Table = { header: string[]; rows: string[][] };

export const tablesIn = (text: string): Table[] =>
  Array.from(text.matchAll(/(?:^\|.*\n){3,}/gm), ([table]) => {
    const [header = [], , ...rows] = table.trim().split('\n').map(cellsOf);
    return { header, rows };
  });

const cellsOf = (row: string): string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** Whether the history of this clone contains a commit with this hash. A commit of a deleted branch is not in it. */
export function isCommit(hash: string): boolean {
  try {
    git('merge-base', '--is-ancestor', hash, 'HEAD');
    return true;
  } catch {
    return false; // git ends with an error.
  }
}

/** Whether this clone has only a part of the history. */
export const isShallow = (): boolean => git('rev-parse', '--is-shallow-repository') === 'true\n';
