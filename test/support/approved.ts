import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diff } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';

const folder = join(import.meta.dirname, '..', 'contract', 'approved');

const WHAT_TO_DO = `Other releases and other systems may read this while this release is deployed, and after it is rolled back.
If the change is meant: raise the version (make it readable first, write it one release later), as
docs/reference/stored-shapes.md says, and approve it with
  UPDATE_APPROVED=1 node --test test/contract/stored-shapes.test.ts
If it is not meant, it would have broken them.`;

const fileOf = (name: string): string => join(folder, `${name}.json`);

/**
 * Compares with what was approved under this name; `UPDATE_APPROVED=1` approves what is.
 * @throws AssertionError with the difference and what to do about it.
 */
export function assertApproved(name: string, actual: unknown): void {
  const text = `${JSON.stringify(readable(actual), null, 2)}\n`;
  if (process.env.UPDATE_APPROVED === '1') {
    mkdirSync(dirname(fileOf(name)), { recursive: true });
    writeFileSync(fileOf(name), text);
    return;
  }
  assert.ok(existsSync(fileOf(name)), `${name} is new: there is no approved file of it.\n${WHAT_TO_DO}`);
  const before = readFileSync(fileOf(name), 'utf8');
  if (text === before) return;
  const message = `${name} is not what was approved (-), but this (+):\n${differenceOf(before, text)}\n\n${WHAT_TO_DO}`;
  throw new assert.AssertionError({ message });
}

/** Lines of context around a difference. */
const CONTEXT = 3;

function differenceOf(before: string, after: string): string {
  const lines = diff(after.split('\n'), before.split('\n'));
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([operation]) => operation !== 0);
  const shown = lines.map(([operation, line], index) => {
    if (!isNear(index)) return '';
    return `${operation === 0 ? ' ' : operation === 1 ? '+' : '-'} ${line}\n`;
  });
  return shown.join('').trimEnd();
}

/** What was approved under this name, with bytes as bytes; undefined if nothing was. */
export function approved(name: string): unknown {
  return existsSync(fileOf(name)) ? JSON.parse(readFileSync(fileOf(name), 'utf8'), packed) : undefined;
}

/** The names of the platform. A business domain has a folder of its own, and its names begin with it. */
export const approvedNames = (): string[] =>
  readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.replace(/\.json$/, '')] : []));

/**
 * In order of their names, so that only a difference that matters is one; compressed bytes as what they
 * hold, but for its texts: what a mail says is no shape.
 */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return { gzip: JSON.parse(gunzipSync(value).toString('utf8'), withoutTexts) };
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, inner]) => [name, readable(inner)]),
  );
}

const LONGEST_CODE = 20;
const withoutTexts = (_name: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > LONGEST_CODE ? '(text)' : value;

function packed(_name: string, value: unknown): unknown {
  const held = (value as { gzip?: unknown } | null)?.gzip;
  return held === undefined ? value : gzipSync(JSON.stringify(held));
}
