import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { PARTLY_PINNED, PINNED } from '#infra/pinned.ts';
import type { StageSettings } from '#infra/settings.ts';
import { platformTemplate, type Template } from '#test/support/template.ts';

const peopleSignIn = (settings: StageSettings): StageSettings => ({
  ...settings,
  jwt: {
    kind: 'own-pool',
    resourceServer: 'counterfoil',
    tenantClaim: 'tenant',
    callbackUrls: ['https://shop.test/'],
  },
});

/** Stages that together have every resource that a stage can have. */
const VARIANTS: [stage: string, change: (settings: StageSettings) => StageSettings][] = [
  ['local', (settings) => settings],
  ['dev', (settings) => settings],
  ['staging', peopleSignIn],
  ['prod', peopleSignIn],
];

describe('the logical ids of resources that hold state or evidence', () => {
  const templates: [stage: string, template: Template][] = [];
  before(() => {
    for (const [stage, change] of VARIANTS) templates.push([stage, platformTemplate(stage, change)]);
  });

  it('are pinned for every resource of such a type in every stage', () => {
    const unpinned = templates.flatMap(([stage, { Resources }]) =>
      Object.entries(Resources)
        .filter(([id, { Type }]) => PINNED[Type] && !PARTLY_PINNED.has(Type) && !(id in PINNED[Type].logicalIds))
        .map(([id, { Type }]) => `${stage}: ${Type} ${id}`),
    );
    const advice =
      'A resource that holds state or evidence is new or has another logical id. If it is new, add it to infra/pinned.ts. ' +
      'If it was moved or renamed, put its path back: deployed, CloudFormation would replace it and lose what it holds.';
    assert.deepEqual(unpinned, [], advice);
  });

  it('each exist with that type in a stage', () => {
    const gone = Object.entries(PINNED).flatMap(([type, { logicalIds }]) =>
      Object.keys(logicalIds).filter((id) => !templates.some(([, { Resources }]) => Resources[id]?.Type === type)),
    );
    assert.deepEqual(gone, [], 'Pinned, and in no template any more: what they hold would be lost.');
  });

  it('each have a reason that describes the loss', () => {
    for (const [type, { reason, logicalIds }] of Object.entries(PINNED)) {
      assert.ok(reason.split(' ').length >= 6, `${type}: ${reason}`);
      for (const [id, holds] of Object.entries(logicalIds)) assert.ok(holds.length >= 8, id);
    }
  });

  it('are on the page about what a deletion of the stage leaves in the account', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'how-to', 'deploy.md'), 'utf8');
    const rows = [...page.matchAll(/^\| .*\(`(AWS::\S+)`\) \| (\w+).*\| (\w+).*\|$/gm)];
    const told = new Map(rows.map(([, type = '', destroy, retain]) => [type, { destroy, retain }]));
    const left = (stage: string): string[] => {
      const { Resources = {} } = templates.find(([name]) => name === stage)?.[1] ?? {};
      const kept = Object.values(Resources).filter(({ DeletionPolicy = '' }) => DeletionPolicy.startsWith('Retain'));
      return [...new Set(kept.map(({ Type }) => Type))].sort();
    };
    const toldAs = (removal: 'destroy' | 'retain'): string[] =>
      [...told]
        .filter(([, words]) => words[removal] === 'stays')
        .map(([type]) => type)
        .sort();
    assert.deepEqual(toldAs('retain'), left('prod'));
    assert.deepEqual([toldAs('destroy'), left('dev'), left('staging')], [[], [], []]);
  });

  it('cover every type that a deletion of the stack leaves behind', () => {
    const kept = templates.flatMap(([, { Resources }]) =>
      Object.values(Resources)
        .filter(({ DeletionPolicy = '' }) => DeletionPolicy.startsWith('Retain'))
        .map(({ Type }) => Type),
    );
    assert.ok(kept.length > 0);
    assert.deepEqual(
      [...new Set(kept)].filter((type) => !PINNED[type]),
      [],
    );
  });
});
