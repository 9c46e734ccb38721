import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ENV } from '#shared/names.ts';
import { resourcesOf, templateWith } from '#test/support/template.ts';

/** The variables of every function that reads or writes rows of the stage. */
function variablesOf(dueShards?: { outbox: { written: number; read: number } }): Record<string, unknown>[] {
  const template = templateWith('dev', (settings) => ({ ...settings, ...(dueShards && { dueShards }) }));
  return resourcesOf(template, 'AWS::Lambda::Function')
    .map(([, { Properties }]) => (Properties.Environment as { Variables?: Record<string, unknown> })?.Variables ?? {})
    .filter((variables) => ENV.table in variables && ENV.stage in variables);
}

it('every function that uses the table knows the shards that the stage names', () => {
  const shards = { outbox: { written: 8, read: 32 } };
  const [without, named] = [variablesOf(), variablesOf(shards)];
  assert.ok(named.length >= 15, String(named.length));
  assert.equal(named.length, without.length);
  const known = named.filter((variables) => variables[ENV.dueShards] === JSON.stringify(shards));
  // The function that adds a claim to tokens reads clients only, by their keys.
  assert.equal(known.length, named.length - 1);
  assert.ok(without.every((variables) => !(ENV.dueShards in variables)));
});
