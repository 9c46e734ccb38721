import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Every type of message that the sources in a folder name. */
export const messageTypesIn = (folder: string): string[] => [
  ...new Set(sourcesIn(folder).flatMap((text) => text.match(/counterfoil\.[a-z.-]+\.v\d+/g) ?? [])),
];

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'));
}
