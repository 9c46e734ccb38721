import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const page = join(root, 'docs', 'reference', 'permissions.md');
/** `test/infra/inventory.test.ts` compares it with the synthesized policies. */
const approved = join(root, 'test', 'infra', 'approved', 'prod.txt');
/** The table between its first line and the next empty one. */
const TABLE = /\| function \| actions \|\n\|---\|---\|\n(?:\|.*\n)*/;
/** The role of a function, and the actions that a statement allows: `<relay-outbox/role>: Allow sns:Publish on <topic>`. */
const STATEMENT = /^<(?:[^>]*\/)?([\w-]+)\/role>: Allow (.*?) on /;

function tableOf(lines: readonly string[]): string {
  const actions = new Map<string, string[]>();
  for (const line of lines) {
    const [, name, allowed] = STATEMENT.exec(line) ?? [];
    if (name !== undefined && allowed !== undefined)
      actions.set(name, [...(actions.get(name) ?? []), ...allowed.split(', ')]);
  }
  const rows = [...actions]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, all]) => {
      const own = [...new Set(all)].sort().map((action) => `\`${action}\``);
      return `| \`${name}\` | ${own.join(', ')} |\n`;
    });
  return `| function | actions |\n|---|---|\n${rows.join('')}`;
}

it('the page of permissions has what the policies of stage prod allow each function', () => {
  const text = readFileSync(page, 'utf8');
  const table = tableOf(readFileSync(approved, 'utf8').split('\n'));
  if (process.env.UPDATE_APPROVED === '1') writeFileSync(page, text.replace(TABLE, table));
  const message = 'Write it with UPDATE_APPROVED=1 node --test test/docs/function-permissions.test.ts';
  assert.equal(TABLE.exec(readFileSync(page, 'utf8'))?.[0], table, message);
  assert.ok(table.split('\n').length > 20);
});
