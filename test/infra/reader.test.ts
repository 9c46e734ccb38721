import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { ENV } from '#shared/names.ts';
import { alarmsIn } from '#test/support/alarms.ts';
import { inventoryOf } from '#test/support/inventory.ts';
import { platformTemplate, resourcesOf, type Template, templateWith } from '#test/support/template.ts';

/** `UPDATE_APPROVED=1 node --test test/infra/reader.test.ts` writes the file again. */
const approved = join(import.meta.dirname, 'approved', 'reader.txt');

/** Resources of the platform that list what the stage has: its graphs, and its public routes with their limit. */
const LISTS = ['AWS::CloudWatch::Dashboard', 'AWS::ApiGatewayV2::Stage'];

const linesOf = (template: Template): string[] => inventoryOf(template).map(({ line }) => line);

describe('the e-book reader in stage prod', () => {
  let platform: Template;
  let all: Template;
  before(() => {
    platform = platformTemplate('prod');
    all = templateWith('prod', (settings) => settings);
  });

  it('changes no resource of the platform', () => {
    const changed = Object.entries(platform.Resources).filter(
      ([id, resource]) => JSON.stringify(all.Resources[id]) !== JSON.stringify(resource),
    );
    assert.deepEqual(
      changed.filter(([, { Type }]) => !LISTS.includes(Type)).map(([id]) => id),
      [],
    );
  });

  it('grants, keeps and sets aside what is written down', () => {
    const known = new Set(linesOf(platform));
    const added = linesOf(all).filter((line) => !known.has(line));
    const text = `${added.sort().join('\n')}\n`;
    if (process.env.UPDATE_APPROVED === '1') writeFileSync(approved, text);
    assert.equal(text, readFileSync(approved, 'utf8'));
  });

  it('has one function that a restore has to stop, because it takes commands', () => {
    const commands = resourcesOf(all, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
      const { Variables } = Properties.Environment as { Variables: Record<string, string> };
      const takesCommands = [ENV.tenantClaim, ENV.outboxGraceSeconds].every((one) => one in Variables);
      return takesCommands ? [Variables.POWERTOOLS_SERVICE_NAME] : [];
    });
    assert.deepEqual(commands.sort(), ['handle-command', 'reader-api']);
  });

  it('brings its alarms', () => {
    const known = alarmsIn(platform);
    assert.deepEqual(
      [...alarmsIn(all).keys()].filter((id) => !known.has(id)),
      [
        'reader-projection-queue-old',
        'reader-projection-dead-letters',
        'reader-projection-undeliverable',
        'reader-api-errors',
        'reader-api-throttled',
        'reader-projection-errors',
        'reader-projection-throttled',
      ],
    );
  });
});
