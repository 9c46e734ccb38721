import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { asyncApiText } from '#functions/reader/document.ts';
import { addReaderLanes } from '#functions/reader/lanes.ts';
import { domainRoutes } from '#infra/domain-routes.ts';
import { ENV } from '#shared/names.ts';
import { alarmsIn } from '#test/support/alarms.ts';
import { inventoryOf } from '#test/support/inventory.ts';
import { platformTemplate, resourcesOf, type Template, templateWith } from '#test/support/template.ts';

/** `UPDATE_APPROVED=1 node --test test/infra/reader.test.ts` writes the file again. */
const approved = join(import.meta.dirname, 'approved', 'reader.txt');

const linesOf = (template: Template): string[] => inventoryOf(template).map(({ line }) => line);

describe('the e-book reader in stage prod', () => {
  let platform: Template;
  let reader: Template;
  before(() => {
    platform = platformTemplate('prod');
    reader = templateWith('prod', (settings) => settings, { domains: [addReaderLanes] });
  });

  it('grants, keeps and sets aside what is written down', () => {
    const known = new Set(linesOf(platform));
    const added = linesOf(reader).filter((line) => !known.has(line));
    const text = `${added.sort().join('\n')}\n`;
    if (process.env.UPDATE_APPROVED === '1') writeFileSync(approved, text);
    assert.equal(text, readFileSync(approved, 'utf8'));
  });

  it('has one function more that a restore has to stop, because it takes commands', () => {
    const commands = resourcesOf(reader, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
      const { Variables } = Properties.Environment as { Variables: Record<string, string> };
      const takesCommands = [ENV.tenantClaim, ENV.outboxGraceSeconds].every((one) => one in Variables);
      return takesCommands ? [Variables.POWERTOOLS_SERVICE_NAME] : [];
    });
    assert.deepEqual(commands.sort(), ['handle-command', 'plan-redrive', 'reader-api']);
  });

  it('names the types of its messages, so that endpoints may subscribe to them', () => {
    const { components } = JSON.parse(asyncApiText) as { components: { messages: Record<string, { name: string }> } };
    const types = resourcesOf(reader, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
      const { Variables } = Properties.Environment as { Variables: Record<string, string> };
      return Variables[ENV.domainEventTypes]?.split(' ') ?? [];
    });
    assert.deepEqual(
      types.sort(),
      Object.values(components.messages)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('would be refused without its lanes', () => {
    const keys = domainRoutes.filter(({ domain }) => domain === 'reader').map(({ key }) => key);
    assert.deepEqual(keys, [
      'POST /page-accesses',
      'GET /readers/{readerId}',
      'GET /readers/openapi.json',
      'GET /readers/asyncapi.json',
    ]);
  });

  it('brings its alarms', () => {
    const known = alarmsIn(platform);
    assert.deepEqual(
      [...alarmsIn(reader).keys()].filter((id) => !known.has(id)),
      [
        'reader-projection-queue-old',
        'reader-projection-dead-letters',
        'reader-projection-undeliverable',
        'reader-api-errors',
        'reader-api-throttled',
        'reader-api-live-errors',
        'reader-projection-errors',
        'reader-projection-throttled',
      ],
    );
  });
});
