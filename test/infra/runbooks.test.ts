import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { alarmsIn } from '#test/support/alarms.ts';
import { platformTemplate, type Template, templateWith } from '#test/support/template.ts';

const root = join(import.meta.dirname, '..', '..');
const as = (stage: string): Template => templateWith(stage, (settings) => settings);
const platform = (): Template => platformTemplate('prod');

const sourcesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n');

describe('the runbooks', () => {
  const text = readFileSync(join(root, 'docs', 'how-to', 'runbooks.md'), 'utf8');
  const sections = new Map(
    text
      .split(/^### /m)
      .slice(1)
      .map((section) => [section.split('\n', 1)[0] ?? '', section.split(/^## /m, 1)[0] ?? '']),
  );

  it('have a section for each alarm, and no other sections', () => {
    const named = ['local', 'local-sendgrid', 'dev', 'staging', 'prod'].flatMap((stage) =>
      [...alarmsIn(as(stage)).values()].map(({ description }) => description.split('#').at(-1) ?? ''),
    );
    assert.deepEqual([...sections.keys()].sort(), [...new Set(named)].sort());
  });

  it('list every alarm of prod in the overview table', () => {
    const listed = [...text.matchAll(/^\| `([a-z-]+)` \| \[[^\]]+\]\(#([a-z-]+)\)/gm)].map(([, id, section]) => [
      id,
      section,
    ]);
    const alarms = [...alarmsIn(platform()).values()].map(({ id, description }) => [id, description.split('#').at(-1)]);
    assert.deepEqual(listed, alarms);
  });

  it('describe in each section the meaning, what customers notice, where to look, what to do and what not to do', () => {
    const parts = ['**Means.**', '**Customers notice.**', '**Look.**', '**Do.**', '**Do not.**'];
    for (const [heading, section] of sections) {
      const places = parts.map((part) => section.indexOf(part));
      assert.ok(!places.includes(-1), `${heading}: ${parts.filter((_, index) => places[index] === -1)}`);
      assert.deepEqual(
        places,
        places.toSorted((one, other) => one - other),
        heading,
      );
    }
  });

  it('quote log messages that the code writes', () => {
    const sources = ['shared', 'functions'].map((folder) => sourcesIn(join(root, folder))).join('\n');
    const quoted = [...text.matchAll(/message = "([^"]+)"/g)].map(([, message = '']) => message);
    assert.ok(quoted.length > 5);
    assert.deepEqual(
      quoted.filter((message) => !sources.includes(`'${message}'`)),
      [],
    );
  });
});
