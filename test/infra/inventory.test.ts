import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inventoryOf } from '#test/support/inventory.ts';
import { platformTemplate } from '#test/support/template.ts';

/**
 * What a stage grants, keeps and sets aside, written down line by line and read by whoever changes it:
 * `UPDATE_APPROVED=1 node --test test/infra/inventory.test.ts` writes the file anew.
 */
const approved = join(import.meta.dirname, 'approved', 'prod.txt');
const template = platformTemplate('prod');
const linesOf = (entries: { line: string }[]): string[] => entries.map(({ line }) => line).sort();

const inventory = inventoryOf(template);
if (process.env.UPDATE_APPROVED === '1') writeFileSync(approved, `${linesOf(inventory).join('\n')}\n`);

describe('stage prod', () => {
  const found = linesOf(inventory);
  const expected = readFileSync(approved, 'utf8').trimEnd().split('\n');
  for (const line of expected) {
    it(line, () => assert.ok(found.includes(line), 'the template has lost it'));
  }

  it('grants, keeps and sets aside nothing beyond what is written down', () => {
    assert.deepEqual(found, expected);
  });

  it('would be caught losing any of it: each removal takes exactly its own line away', () => {
    for (const { line, without } of inventory) {
      const left = linesOf(inventoryOf(without()));
      const lost = expected.filter((one) => !left.includes(one));
      assert.deepEqual(lost, [line]);
    }
  });
});
