import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openShell, type Shell } from '#test/docs/shell.ts';
import { anOrder, customerOf } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { filledIn } from '#test/support/guide.ts';
import { startTerminalAccount } from '#test/support/terminal-account.ts';

/**
 * Every command of the runbooks, typed into one shell as the page prints it, with the real CLI of AWS. DynamoDB, SQS, SNS and the
 * API are those of a local cloud in which an outcome is not known and an event cannot be read. The other services are recorded.
 */
const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'how-to', 'runbooks.md'), 'utf8');
const blocksIn = (section: string): string[] =>
  [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
const [introduction = '', ...sections] = page.split(/^### /m);
const named = sections.map((text) => ({ heading: text.split('\n', 1)[0] ?? '', blocks: blocksIn(text) }));
const [prelude = ''] = blocksIn(introduction);

const isWithoutAws = spawnSync('aws', ['--version']).error !== undefined;

/** Sections without a command of their own, and why. */
const WITHOUT_COMMANDS: Record<string, string> = {};

/** A service of the local cloud cannot do this, so the recorded account answers instead. */
const RECORDED_INSTEAD = [{ block: /contributor-insights/, variable: 'AWS_ENDPOINT_URL_DYNAMODB' }];

/** The kinds of rows that `waiting` lists, as its comment says. */
const KINDS = ['outbox', 'notification', 'unknown', 'held', 'dead-letter'];

const FUNCTIONS = ['handle-command', 'relay-outbox', 'send-email', 'collect-dead-letters', 'wake-due'];

/** As the services' documentation shows them. */
const answersWith = (topicArn: string) => ({
  'cloudformation DescribeStackEvents': {
    StackEvents: [
      {
        Timestamp: '2026-11-30T02:00:00Z',
        LogicalResourceId: 'handlecommandlive42DA73ED',
        ResourceStatus: 'UPDATE_FAILED',
        ResourceStatusReason: 'Rollback successful',
      },
    ],
  },
  'cloudformation DetectStackDrift': { StackDriftDetectionId: 'b78ac9b0-dec1-11e7-a451-503a3example' },
  'cloudformation DescribeStackResourceDrifts': { StackResourceDrifts: [] },
  'dynamodb UpdateContributorInsights': { ContributorInsightsStatus: 'ENABLING' },
  'lambda GetAccountSettings': { AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 } },
  'lambda GetAlias': { Name: 'live', FunctionVersion: '7', RoutingConfig: { AdditionalVersionWeights: { 8: 0.1 } } },
  'lambda ListFunctions': {
    Functions: FUNCTIONS.map((name) => ({ FunctionName: `f-${name}`, Description: `Counterfoil local: ${name}` })),
  },
  'lambda ListEventSourceMappings': {
    EventSourceMappings: [{ UUID: 'a1b2', State: 'Enabled', StateTransitionReason: 'User action' }],
  },
  'logs DescribeLogGroups': { logGroups: [{ logGroupName: 'counterfoil-local-handle-command' }] },
  'logs StartQuery': { queryId: '12ab3456-12ab-123a-789e-1234567890ab' },
  'logs GetQueryResults': { status: 'Complete', results: [[{ field: 'count(*)', value: '3' }]] },
  'monitoring GetMetricStatistics': { Label: 'metric', Datapoints: [{ Timestamp: new Date(), Sum: 3, Maximum: 0.04 }] },
  'monitoring DescribeAlarms': {
    MetricAlarms: [{ AlarmName: 'counterfoil-local-held', StateReason: 'Threshold Crossed', AlarmActions: [topicArn] }],
  },
  'scheduler ListSchedules': { Schedules: [{ Name: 'counterfoil-local-wake-due', State: 'ENABLED' }] },
  'ses GetAccount': { SendingEnabled: true, EnforcementStatus: 'HEALTHY' },
  'ses ListConfigurationSets': { ConfigurationSets: ['counterfoil-local-mail'] },
  'ses PutConfigurationSetSendingOptions': {},
});

describe('the commands of the runbooks', { skip: isWithoutAws && 'There is no aws in the PATH.' }, () => {
  const folder = temporaryFolder();
  let cloud: LocalCloud;
  let account: Awaited<ReturnType<typeof startTerminalAccount>>;
  let shell: Shell;
  const queries = join(folder, 'queries');
  /** What a reader puts in. */
  const values: Record<string, string> = { 'its name': 'counterfoil-local-mail' };

  before(async () => {
    for (const name of readdirSync(root).filter((file) => !file.startsWith('.')))
      symlinkSync(join(root, name), join(folder, name));
    cloud = await startLocalCloud(join(folder, '.local'));
    const { outputs } = cloud;
    account = await startTerminalAccount(answersWith(outputs.topicArn));
    mkdirSync(join(folder, '.counterfoil'));
    writeFileSync(join(folder, '.counterfoil', 'local.outputs.json'), JSON.stringify(outputs));
    shell = openShell(folder, environmentOf());
    await makeTrouble();
    await type(prelude.replace('STAGE=prod', 'STAGE=local'));
  });
  after(async () => {
    await shell?.close();
    await account?.close();
    await cloud?.interrupt();
    removeFolder(folder);
  });

  function environmentOf(): NodeJS.ProcessEnv {
    const { outputs } = cloud;
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    // `doctor` needs a stage that is deployed; test/account runs it.
    const doctor = '#!/bin/sh\ncase "$*" in "run doctor "*) echo "0 block deploying";; *) exec "$NPM" "$@";; esac\n';
    // Version 1 of the CLI calls SQS at its first address, whatever the variable says.
    const aws = '#!/bin/sh\n[ "$1" = sqs ] && set -- --endpoint-url "$AWS_ENDPOINT_URL_SQS" "$@"\nexec "$AWS" "$@"\n';
    for (const [name, script] of Object.entries({ npm: doctor, aws })) {
      writeFileSync(join(bin, name), script);
      chmodSync(join(bin, name), 0o700);
    }
    return {
      ...process.env,
      PATH: [bin, join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
      NPM: placeOf('npm'),
      AWS: placeOf('aws'),
      AWS_CONFIG_FILE: '/dev/null',
      AWS_MAX_ATTEMPTS: '1',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'operator',
      AWS_SECRET_ACCESS_KEY: 'operator',
      AWS_ENDPOINT_URL: account.url,
      AWS_ENDPOINT_URL_DYNAMODB: outputs.endpoints.dynamodb,
      AWS_ENDPOINT_URL_SNS: outputs.endpoints.sns,
      AWS_ENDPOINT_URL_SQS: outputs.endpoints.sqs,
      API: outputs.apiUrl,
      TOKEN: outputs.tokens.acme,
      OPERATOR: outputs.tokens.operator,
    };
  }

  const placeOf = (tool: string): string => spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim();

  /** A text message whose outcome no one knows, and an event that cannot be read. */
  async function makeTrouble(): Promise<void> {
    const { outputs } = cloud;
    const control = controlOf(outputs);
    await control.inject({ service: 'sns', operation: 'Publish', fault: 'lose-response' });
    await customerOf(outputs).place(anOrder());
    await type(`aws sqs send-message --queue-url ${outputs.queues['project-orders']?.url} --message-body 'no event'`);
  }

  async function type(command: string): Promise<string> {
    const { output, exitCode } = await shell.type(command);
    assert.equal(exitCode, 0, `${command}\n${output}`);
    assert.doesNotMatch(
      output,
      /usage:|command not found|Unknown options|error occurred|Error:|validation failed/i,
      command,
    );
    return output.trim();
  }

  /** The block in a shell of its own, which ends at the first command that fails. */
  const run = (block: string): Promise<string> => {
    const elsewhere = RECORDED_INSTEAD.filter((one) => one.block.test(block)).map(
      ({ variable }) => `unset ${variable}`,
    );
    const asOperator = /\bops\b/.test(block) ? ['TOKEN=$OPERATOR'] : [];
    return type(`(${['set -e', ...elsewhere, ...asOperator, filledIn(block, values)].join('\n')}\n)`);
  };

  it('find what waits: the row of an outcome that no one knows is shown, and it is held in the end', async () => {
    const [, partition = '', sort = ''] = await eventually('a held notification', async () => {
      const line = (await type('waiting held')).split('\n')[0] ?? '';
      return line === '' ? undefined : line.split('\t');
    });
    assert.match(partition, /^acme#order#/);
    assert.match(sort, /^NOTIFICATION#/);
    Object.assign(values, { 'partition key': `'${partition}'`, 'sort key': `'${sort}'` });
    const row = JSON.parse(await type(`row '${partition}' '${sort}'`));
    assert.equal(row.Item.state.M.status.S, 'HELD');
    assert.equal(row.Item.state.M.reason.S, 'POLICY');
  });

  it('read the logs of the stage', async () => {
    assert.equal(await type("insights 'filter ispresent(routeKey) | stats count(*) by status'"), '3');
    const asked = account.calls.filter(({ service }) => service === 'logs').map(({ operation }) => operation);
    assert.deepEqual(asked, ['DescribeLogGroups', 'StartQuery', 'GetQueryResults', 'GetQueryResults']);
    // A start of the CLI takes half a second of the processor, so the two functions that call it often are replaced now.
    await type(`insights() { printf '%s\\n' "$1" | tee -a '${queries}'; }`);
    await type(`waiting() { case $1 in ${KINDS.join('|')}) echo '1 key key';; *) return 1;; esac; }`);
  });

  it('are in every section', () => {
    const missing = named.filter(({ heading, blocks }) => blocks.length === 0 && !(heading in WITHOUT_COMMANDS));
    assert.deepEqual(
      missing.map(({ heading }) => heading),
      [],
    );
  });

  for (const { heading, blocks } of named) {
    for (const [index, block] of blocks.entries()) {
      it(`run, and show something: ${heading}, block ${index + 1}`, async () => {
        const output = await run(block);
        assert.notEqual(output, '');
        assert.deepEqual(account.unanswered(), []);
      });
    }
  }

  it('ask the logs only with commands and functions of Logs Insights', () => {
    const asked = readFileSync(queries, 'utf8').trim().split('\n');
    assert.ok(asked.length > 20);
    for (const query of asked) {
      for (const part of query.split(' | ')) assert.match(part, /^(fields|filter|stats|sort|limit) /, query);
      const called = [...query.matchAll(/(\w+)\(/g)].map(([, name = '']) => name);
      assert.deepEqual(
        called.filter((name) => !['count', 'max', 'sum', 'pct', 'bin', 'ispresent'].includes(name)),
        [],
        query,
      );
    }
  });

  it('show the dead letter to operators, and take a row off the list only if people have to finish it', async () => {
    assert.match(
      await type('TOKEN=$OPERATOR npm run --silent ops -- --stage local groups'),
      /project-orders {2,}NOT_JSON/,
    );
    await type(`acknowledge ${values['partition key']} ${values['sort key']}`);
    assert.doesNotMatch(await type(`row ${values['partition key']} ${values['sort key']}`), /dueShard/);
    const { exitCode } = await shell.type(`acknowledge ${values['partition key']} ${values['sort key']}`);
    assert.notEqual(exitCode, 0);
  });
});
