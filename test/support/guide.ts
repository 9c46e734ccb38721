import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The commands of a page, by section, in order. */
export type GuideSection = { heading: string; commands: string[] };

/**
 * The `sh` blocks of a page. A command that goes on in the next line (a backslash, or an open quote) is one command.
 * @param page below `docs`.
 */
export function commandsOf(page: string): GuideSection[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', page), 'utf8');
  return text.split(/^## /m).flatMap((section) => {
    const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
    const commands = blocks.flatMap((block) => commandsIn(block));
    return commands.length > 0 ? [{ heading: section.split('\n')[0] ?? '', commands }] : [];
  });
}

function commandsIn(block: string): string[] {
  const commands: string[] = [];
  let open = '';
  for (const line of block.split('\n')) {
    open += open === '' ? line : `\n${line}`;
    if (isUnfinished(open)) continue;
    if (open.trim() !== '') commands.push(open.trim());
    open = '';
  }
  return open === '' ? commands : [...commands, open];
}

/** Whether a command continues in the next line. */
export const isUnfinished = (command: string): boolean =>
  /[\\|]$/.test(command) || (command.match(/'/g) ?? []).length % 2 === 1;

/** `<…>` in a command: what the reader puts in. @throws for one that is not in the list. */
export const filledIn = (command: string, values: Readonly<Record<string, string>>): string =>
  command.replaceAll(/<([^<>\n]+)>/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`There is no value for <${name}>: ${command}`);
    return value;
  });
