import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inventoryOf } from '#test/support/inventory.ts';
import { platformTemplate } from '#test/support/template.ts';

/**
 * The permissions, retention and dead-letter queues of a stage, one per line, in an approved file that a reviewer reads.
 * `UPDATE_APPROVED=1 node --test test/infra/inventory.test.ts` writes the file again.
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
    it(line, () => assert.ok(found.includes(line), 'it is missing from the template'));
  }

  it('has no other permissions, retention or dead-letter queues than the approved ones', () => {
    assert.deepEqual(found, expected);
  });

  it('is compared line by line: each removal makes exactly its own line disappear', () => {
    for (const { line, without } of inventory) {
      const left = linesOf(inventoryOf(without()));
      const lost = expected.filter((one) => !left.includes(one));
      assert.deepEqual(lost, [line]);
    }
  });
});
