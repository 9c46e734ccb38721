import { isUnfinished } from '#test/support/guide.ts';
import type { Block, Page } from './pages.ts';

/** What a page tells its reader to type, and the answer that it prints. */
export type Exchange = {
  page: string;
  command: string;
  /** Undefined for a command that is not shown with its answer. */
  answer: string | undefined;
};

/** A fenced block that a reader types, with the block that answers it. */
export type Fence = { page: string; text: string; exchanges: Exchange[] };

const isTranscript = ({ language, text }: Block): boolean => language === '' && /^\$ /m.test(text);

/**
 * The fenced blocks of a page that contain commands, in two forms:
 *
 * - a block `sh`. It is typed as a whole. A block without a language that follows it directly is its answer.
 * - a block without a language in which each command begins with `$ `. The lines after a command are its answer.
 */
export const fencesOf = ({ file, blocks }: Page): Fence[] =>
  blocks.flatMap((block, index) => {
    if (block.language === 'sh') {
      const next = blocks[index + 1];
      const answer = next?.follows && next.language === '' && !isTranscript(next) ? next.text : undefined;
      return [{ page: file, text: block.text, exchanges: [{ page: file, command: block.text.trim(), answer }] }];
    }
    if (!isTranscript(block)) return [];
    return [
      { page: file, text: block.text, exchanges: typedIn(block.text).map((typed) => ({ page: file, ...typed })) },
    ];
  });

/** Blocks that are neither typed nor the answer to what is typed. Code of the project (`ts`) is not meant to be typed. */
export const otherBlocksOf = ({ file, blocks }: Page): { page: string; text: string }[] =>
  blocks
    .filter((block, index) => {
      const isAnswer = block.follows && block.language === '' && blocks[index - 1]?.language === 'sh';
      return !isAnswer && !isTranscript(block) && !['sh', 'ts'].includes(block.language);
    })
    .map(({ text }) => ({ page: file, text }));

function typedIn(transcript: string): { command: string; answer: string | undefined }[] {
  const typed: { lines: string[]; answer: string[] }[] = [];
  for (const line of transcript.trimEnd().split('\n')) {
    const last = typed.at(-1);
    if (line.startsWith('$ ')) typed.push({ lines: [line.slice(2)], answer: [] });
    else if (last?.answer.length === 0 && isUnfinished(last.lines.join('\n'))) last.lines.push(line);
    else last?.answer.push(line);
  }
  return typed.map(({ lines, answer }) => ({
    command: lines.join('\n'),
    answer: answer.length === 0 ? undefined : answer.join('\n'),
  }));
}
