import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { functionNames } from '#infra/functions.ts';
import type { StageSettings } from '#infra/settings.ts';
import { CounterfoilStack } from '#infra/stack.ts';
import { InvalidStage, settingsOf, validated } from '#infra/stages.ts';
import { appContext } from '#infra/synth.ts';
import { resourcesOf, type Template, templateWith, withoutHashes } from '#test/support/template.ts';

const TABLE = 'arn:aws:dynamodb:eu-central-1:111122223333:table/counterfoil-prod-20261121T083000Z';
const STREAM = `${TABLE}/stream/2026-11-21T09:12:44.137`;
const adopting = (settings: StageSettings): StageSettings => ({ ...settings, adoptedTable: STREAM });

/** The values of references to the table when a restored table replaces the stack's own one. */
const REPLACEMENTS: Record<string, string> = { Ref: TABLE.split('/')[1] ?? '', Arn: TABLE, StreamArn: STREAM };

function withAdopted(value: unknown, tableId: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withAdopted(one, tableId));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (Ref === tableId) return REPLACEMENTS.Ref;
  if (Array.isArray(attribute) && attribute[0] === tableId) return REPLACEMENTS[attribute[1]];
  if (Array.isArray(join)) return joined(join[0], withAdopted(join[1], tableId) as unknown[]);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withAdopted(inner, tableId)]));
}

/** Joins adjacent texts, like the CDK. */
function joined(separator: string, parts: unknown[]): unknown {
  if (separator !== '') return { 'Fn::Join': [separator, parts] };
  const merged: unknown[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof last === 'string' && typeof part === 'string') merged[merged.length - 1] = last + part;
    else merged.push(part);
  }
  return merged.length === 1 ? merged[0] : { 'Fn::Join': ['', merged] };
}

/** Without the table. The relay's mapping gets a fixed name, because its logical id depends on the table's. */
function comparable({ Resources }: Template, tableId: string): Record<string, unknown> {
  const entries = Object.entries(Resources).map(([id, resource]): [string, unknown] => {
    if (resource.Properties?.StartingPosition === undefined) return [id, withAdopted(resource, tableId)];
    const { Metadata: _, ...mapping } = resource;
    return ['the relay’s mapping', withAdopted(mapping, tableId)];
  });
  return Object.fromEntries(entries.filter(([id]) => id !== tableId));
}

const faultsOf = (stage: string, change: Partial<Record<keyof StageSettings, unknown>>): string[] => {
  try {
    validated(stage, { ...settingsOf(stage), ...change });
  } catch (error) {
    assert.ok(error instanceof InvalidStage);
    return error.faults;
  }
  return assert.fail('accepted');
};

describe('a stage that adopts a restored table', () => {
  for (const stage of ['prod', 'dev']) {
    const retaining = (settings: StageSettings): StageSettings => ({ ...settings, removal: 'retain' });
    const before = withoutHashes(templateWith(stage, retaining));
    const after = withoutHashes(templateWith(stage, (settings) => adopting(retaining(settings))));
    const [[tableId, table] = assert.fail(), ...others] = resourcesOf(before, 'AWS::DynamoDB::GlobalTable');

    it(`differs in ${stage} only in the table and in the references to it`, () => {
      assert.deepEqual(others, []);
      const [one, other] = [comparable(after, ''), comparable(before, tableId)];
      // Not the values themselves: a failure that prints both templates cannot be read.
      const differing = Object.keys({ ...one, ...other }).filter((id) => !isDeepStrictEqual(one[id], other[id]));
      assert.deepEqual(differing, []);
      assert.deepEqual(withAdopted(after.Outputs, ''), withAdopted(before.Outputs, tableId));
      assert.doesNotMatch(JSON.stringify(after), new RegExp(tableId));
    });

    it(`retains in ${stage} the table that leaves the stack`, () => {
      const { DeletionPolicy, UpdateReplacePolicy, Properties } = table as typeof table & {
        UpdateReplacePolicy: string;
      };
      assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], ['Retain', 'Retain']);
      const [replica] = Properties.Replicas as { DeletionProtectionEnabled: boolean }[];
      assert.equal(replica?.DeletionProtectionEnabled, true);
    });
  }

  it('has a relay and a nudge of redrives that read the stream of the restored table', () => {
    const after = templateWith('prod', adopting);
    const sources = resourcesOf(after, 'AWS::Lambda::EventSourceMapping').map(
      ([, { Properties }]) => Properties.EventSourceArn,
    );
    assert.equal(sources.filter((source) => source === STREAM).length, 2);
  });

  it('passes every check of a synth, so that no linter blocks a restore', () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-adopted-'));
    try {
      const bundle = join(folder, 'bundle');
      mkdirSync(bundle);
      writeFileSync(join(bundle, 'handler.mjs'), 'export const handler = () => undefined;');
      const app = new App({ context: appContext(), outdir: join(folder, 'cdk.out'), analyticsReporting: false });
      const bundles = Object.fromEntries(functionNames().map((name) => [name, bundle]));
      const settings = validated('prod', adopting(settingsOf('prod')));
      new CounterfoilStack(app, 'counterfoil-prod', { stage: 'prod', settings, bundles });
      Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
      app.synth();
      const { pluginReports } = JSON.parse(readFileSync(join(folder, 'cdk.out', 'validation-report.json'), 'utf8'));
      const found = pluginReports.map(({ pluginName = '', conclusion = '', violations = [] }) => [
        pluginName,
        conclusion,
        violations,
      ]);
      assert.ok(found.length >= 2);
      for (const [name, conclusion, violations] of found)
        assert.deepEqual([conclusion, violations], ['success', []], name);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is refused if its own table would be deleted or the restored one cannot be reached, with all faults at once', () => {
    const faults = faultsOf('staging', { adoptedTable: STREAM.replace('eu-central-1', 'us-east-1') });
    assert.equal(faults.length, 2);
    assert.match(faults.join('\n'), /deploy the stage once with removal "retain" and without adoptedTable/);
    assert.match(faults.join('\n'), /adoptedTable is in us-east-1, but the stage is in eu-central-1/);
    for (const wrong of [TABLE, 'counterfoil-prod', `${STREAM} `]) {
      const faults = faultsOf('prod', { adoptedTable: wrong });
      assert.match(faults.join(), /adoptedTable must be the ARN of a table’s stream/);
    }
  });
});
