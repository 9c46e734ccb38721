import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkSupported } from '#infra/local/template/check.ts';
import type { StageSettings } from '#infra/settings.ts';
import { InvalidStage, settingsOf, validated } from '#infra/stages.ts';
import { alarmsIn, referredTo } from '#test/support/alarms.ts';
import { platformTemplate, resourcesOf, type Template, templateWith } from '#test/support/template.ts';

const canary: StageSettings['changes'] = { kind: 'canary', percent: 25, minutes: 15 };
const withCanary = (settings: StageSettings): StageSettings => ({ ...settings, changes: canary });
const asIs = (settings: StageSettings): StageSettings => settings;

type Updated = { CodeDeployLambdaAliasUpdate: { DeploymentGroupName: unknown; ApplicationName: unknown } };

/** Logical ids of what API Gateway invokes: the targets of all integrations. */
const invokedIn = (template: Template): string[] =>
  [
    ...new Set(
      resourcesOf(template, 'AWS::ApiGatewayV2::Integration').map(([, { Properties }]) =>
        referredTo(Properties.IntegrationUri),
      ),
    ),
  ].sort();

const idsOf = (template: Template, type: string): string[] =>
  resourcesOf(template, type)
    .map(([id]) => id)
    .sort();

describe('the functions behind the API', () => {
  for (const stage of ['local', 'local-sendgrid', 'dev', 'prod']) {
    it(`are invoked through their aliases in ${stage}, for every route`, () => {
      const template = templateWith(stage, asIs);
      const aliases = idsOf(template, 'AWS::Lambda::Alias');
      assert.deepEqual(invokedIn(template), aliases);
      // Permissions that API Gateway would need for the function itself would let a request pass by the canary.
      const permitted = resourcesOf(template, 'AWS::Lambda::Permission')
        .filter(([, { Properties }]) => Properties.Principal === 'apigateway.amazonaws.com')
        .map(([, { Properties }]) => referredTo(Properties.FunctionName));
      assert.deepEqual([...new Set(permitted)].sort(), aliases);
    });
  }

  it('have one version each, which changes with the release and with nothing else', () => {
    const versionsWith = (release?: string): string[] =>
      idsOf(templateWith('dev', asIs, release === undefined ? {} : { release }), 'AWS::Lambda::Version');
    const [before, again, after] = [versionsWith('a'), versionsWith('a'), versionsWith('b')];
    assert.deepEqual(again, before);
    assert.equal(before.length, idsOf(templateWith('dev', asIs), 'AWS::Lambda::Alias').length);
    assert.deepEqual(
      after.filter((id) => before.includes(id)),
      [],
    );
  });
});

describe('a stage whose changes are all at once', () => {
  it('has aliases, but neither CodeDeploy nor alarms for it', () => {
    const template = templateWith('dev', asIs);
    const types = Object.values(template.Resources).map(({ Type }) => Type);
    assert.deepEqual(
      types.filter((type) => type.startsWith('AWS::CodeDeploy')),
      [],
    );
    assert.deepEqual(
      [...alarmsIn(template).keys()].filter((id) => /live-errors|api-failing/.test(id)),
      [],
    );
    assert.ok(resourcesOf(template, 'AWS::Lambda::Alias').every(([, alias]) => !('UpdatePolicy' in alias)));
  });
});

/** Without the rest of the stage's name, which has two parts. */
const idOf = ({ id }: { id: string }): string => id.replace(/^sendgrid-/, '');

describe('a stage with a canary', () => {
  const template = templateWith('local-sendgrid', withCanary);
  const groups = new Map(resourcesOf(template, 'AWS::CodeDeploy::DeploymentGroup'));
  const alarms = new Map([...alarmsIn(template).values()].map((alarm) => [alarm.logicalId, alarm]));

  it('moves each alias with a group of its own, which its own alarm and that of the API stop', () => {
    const stopped = resourcesOf(template, 'AWS::Lambda::Alias').map(([, alias]) => {
      const { UpdatePolicy } = alias as unknown as { UpdatePolicy: Updated };
      const { Properties } =
        groups.get(referredTo(UpdatePolicy.CodeDeployLambdaAliasUpdate.DeploymentGroupName)) ?? assert.fail();
      const { Alarms, Enabled } = Properties.AlarmConfiguration as { Alarms: { Name: unknown }[]; Enabled: boolean };
      assert.equal(Enabled, true);
      assert.deepEqual((Properties.AutoRollbackConfiguration as { Events: string[] }).Events.sort(), [
        'DEPLOYMENT_FAILURE',
        'DEPLOYMENT_STOP_ON_ALARM',
      ]);
      return Alarms.map(({ Name }) => idOf(alarms.get(referredTo(Name)) ?? assert.fail()));
    });
    assert.deepEqual(stopped.sort(), [
      ['api-failing', 'handle-command-live-errors'],
      ['api-failing', 'plan-redrive-live-errors'],
      ['api-failing', 'reader-api-live-errors'],
      ['api-failing', 'receive-email-events-live-errors'],
      ['api-failing', 'serve-query-live-errors'],
    ]);
    assert.equal(groups.size, stopped.length);
  });

  it('moves the share, and waits the minutes, that its settings name', () => {
    const [[, { Properties }] = assert.fail(), ...others] = resourcesOf(template, 'AWS::CodeDeploy::DeploymentConfig');
    assert.deepEqual(others, []);
    assert.deepEqual(Properties.TrafficRoutingConfig, {
      Type: 'TimeBasedCanary',
      TimeBasedCanary: { CanaryPercentage: 25, CanaryInterval: 15 },
    });
  });

  it('has alarms that fire before the shortest canary is over, also if CloudWatch gets a figure three minutes late', () => {
    const LATE_SECONDS = 180;
    const shortest = { kind: 'canary', percent: 1, minutes: 10 };
    assert.deepEqual(validated('dev', { ...settingsOf('dev'), changes: shortest }).changes, shortest);
    const brakes = [...alarms.values()].filter(({ id }) => /live-errors$|^api-failing$/.test(idOf({ id })));
    assert.equal(brakes.length, groups.size + 1);
    for (const { id, properties } of brakes) {
      const [query] = ((properties.Metrics ?? []) as { MetricStat?: { Period: number } }[]).filter(
        (one) => one.MetricStat,
      );
      const periodSeconds = Number(properties.Period ?? query?.MetricStat?.Period);
      assert.ok(periodSeconds * Number(properties.EvaluationPeriods) + LATE_SECONDS < shortest.minutes * 60, id);
    }
  });

  it('is still run by the local cloud, which has one version', () => {
    checkSupported(JSON.parse(JSON.stringify(platformTemplate('local', withCanary))));
  });
});

describe('the setting changes', () => {
  const faultsOf = (changes: unknown): string[] => {
    try {
      validated('dev', { ...settingsOf('dev'), changes });
    } catch (error) {
      assert.ok(error instanceof InvalidStage);
      return error.faults;
    }
    return assert.fail('accepted');
  };

  it('is refused with every fault at once', () => {
    const faults = faultsOf({ kind: 'canary', percent: 100, minutes: 5, alarms: [] });
    assert.equal(faults.length, 3);
    for (const field of ['changes.percent', 'changes.minutes', 'changes.alarms']) {
      assert.ok(
        faults.some((fault) => fault.includes(field)),
        `${field}: ${faults}`,
      );
    }
  });

  it('is refused if a change at once has steps, or the kind does not exist', () => {
    assert.match(faultsOf({ kind: 'all-at-once', percent: 10 }).join('\n'), /changes\.percent/);
    assert.match(faultsOf({ kind: 'linear' }).join('\n'), /changes\.kind/);
    assert.match(faultsOf(undefined).join('\n'), /changes/);
  });
});
