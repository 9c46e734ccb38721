import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { Alarms } from '#infra/constructs/alarms.ts';
import { StageDashboard } from '#infra/constructs/dashboard.ts';
import { MessageTopic } from '#infra/constructs/service-topic.ts';
import { Subscriber } from '#infra/constructs/subscriber.ts';
import { settingsOf } from '#infra/stages.ts';
import { appContext } from '#infra/synth.ts';
import { FUNCTION } from '#shared/names.ts';
import { alarmsIn, unwatchedIn } from '#test/support/alarms.ts';
import { resourcesOf } from '#test/support/template.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-lanes-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('a new subscriber', () => {
  /** A stack with one subscriber and nothing else. */
  function template() {
    const name = FUNCTION.projectStatistics;
    const bundle = join(folder, 'bundle');
    mkdirSync(bundle, { recursive: true });
    writeFileSync(join(bundle, 'handler.mjs'), 'export const handler = () => undefined;');
    const app = new App({ context: appContext(), outdir: join(folder, 'cdk.out'), analyticsReporting: false });
    const stack = new Stack(app, 'counterfoil-lane', { env: { region: 'eu-central-1' } });
    const stage = { name: 'lane', settings: settingsOf('dev'), bundles: { [name]: bundle } };
    const topic = new MessageTopic(stack, 'topic', { stage });
    new Subscriber(stack, {
      stage,
      name,
      timeoutSeconds: 10,
      memoryMb: 256,
      environment: {},
      topic,
      batchSize: 10,
      maxConcurrency: 2,
    });
    new StageDashboard(stack, 'dashboard', new Alarms(stack, 'alarms', { stage }));
    return app.synth().getStackArtifact(stack.artifactId).template;
  }

  it('brings an alarm for each of its resources, and its lines on the dashboard, by one call', () => {
    const synthesized = template();
    assert.deepEqual(unwatchedIn(synthesized), []);
    assert.deepEqual(
      [...alarmsIn(synthesized).keys()],
      [
        'topic-undelivered',
        'topic-lost',
        'project-statistics-queue-old',
        'project-statistics-dead-letters',
        'project-statistics-undeliverable',
        'project-statistics-errors',
        'project-statistics-throttled',
        'alarm-mails-undelivered',
      ],
    );
    const [[, dashboard] = assert.fail()] = resourcesOf(synthesized, 'AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(dashboard.Properties);
    for (const title of ['Oldest message', 'Messages waiting', 'Dead-letter queues', 'Errors', 'Throttled', 'Slowest'])
      assert.ok(body.includes(title), title);
  });
});
