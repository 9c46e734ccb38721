import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bootstrap } from '#infra/account/bootstrap.ts';
import type { RunCdk } from '#infra/account/cdk.ts';
import type { Command } from '#infra/account/command.ts';
import { deploy } from '#infra/account/deploy.ts';
import { doctor } from '#infra/account/doctor.ts';
import { restore } from '#infra/account/restore.ts';
import { smoke } from '#infra/account/smoke.ts';
import { tenants } from '#infra/account/tenants.ts';
import type { StageSettings } from '#infra/settings.ts';
import { inProduction, noRecords, ownSettings, ran } from '#test/support/account-commands.ts';
import { ACCOUNT, ALARM_TOPIC, healthyAccount, shownResource } from '#test/support/healthy-account.ts';
import {
  actionsOf,
  CALLS_ELSEWHERE,
  COMMANDS,
  type CommandName,
  listedActions,
  operationsOf,
  rowOf,
} from '#test/support/permissions.ts';
import { type Answers, startRecordedAccount } from '#test/support/recorded-account.ts';
import { tenantAccount, tenantState } from '#test/support/tenant-account.ts';

const origin = (resource: string): StageSettings =>
  ownSettings((dev) => ({
    ...dev,
    sms: {
      gateway: 'end-user-messaging',
      ratePerSecond: 1,
      originationIdentity: `arn:aws:sms-voice:eu-central-1:${ACCOUNT}:${resource}`,
    },
  }));

const adopting = (more: Partial<StageSettings> = {}): StageSettings =>
  ownSettings((dev) => ({
    ...dev,
    removal: 'retain',
    adoptedTable: `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/restored/stream/2026-11-21T09:12:44.137`,
    ...more,
  }));
const live = ownSettings(inProduction);

/** Answers that the commands need in addition to the account of a stage's tenants. */
const answers = (): Answers => ({
  'sns ListSubscriptionsByTopic': { Subscriptions: [] },
  'sms-voice DescribePhoneNumbers': { PhoneNumbers: [{ Status: 'ACTIVE' }] },
  'sms-voice DescribeSenderIds': { SenderIds: [{ SenderId: 'SHOP' }] },
  'dynamodb DescribeTable': { Table: { TableName: 'restored', CreationDateTime: 1_795_000_000 } },
  'dynamodb Query': { Items: [], Count: 0 },
  'secretsmanager GetSecretValue': { SecretString: 'no key, so SendGrid is not asked' },
  'cloudformation DescribeChangeSet': ({ StackName }) => ({
    Status: 'CREATE_COMPLETE',
    Changes: String(StackName).endsWith('-console') ? [] : [{ Type: 'Resource', ResourceChange: LOST_TOPIC }],
  }),
  'cloudformation DeleteChangeSet': {},
  'cloudformation ListStackResources': { StackResourceSummaries: RESOURCES },
});
const LOST_TOPIC = { Action: 'Remove', LogicalResourceId: 'topic69831491', ResourceType: 'AWS::SNS::Topic' };
const RESOURCES = [
  shownResource('AWS::Cognito::UserPool', 'eu-central-1_Pool1'),
  shownResource('AWS::Cognito::UserPoolClient', 'smoke1'),
  shownResource('AWS::Cognito::UserPoolClient', 'people1'),
  shownResource('AWS::SNS::Topic', ALARM_TOPIC),
  shownResource('AWS::SES::ConfigurationSet', 'counterfoil-dev-set'),
  shownResource('AWS::SES::EmailIdentity', 'shop.test'),
];

/** A CDK that succeeds without any call. */
const runCdk: RunCdk = async () => 0;
const bootstrapping: Command = (args, context) => bootstrap(args, context, { runCdk });
const commands: Partial<Record<CommandName, Command>> = {
  doctor: (args, context) => doctor(args, context, noRecords),
  deploy: (args, context) => deploy(args, context, { runCdk, lookUp: noRecords }),
  smoke,
  tenants,
};

/** Typical uses of each command. Together they make every call that the modules can make. */
const runs: [command: CommandName, args: string, settings?: StageSettings][] = [
  ['doctor', ''],
  ['doctor', '', ownSettings((dev) => ({ ...dev, alarms: { addresses: ['operations@shop.test'] } }))],
  ['doctor', '', origin('pool/pool-1')],
  ['doctor', '', origin('phone-number/phone-1')],
  ['doctor', '', origin('sender-id/SHOP/AT')],
  // A restored table that the stage adopts: the store reads it.
  ['doctor', '', adopting()],
  ['deploy', '', adopting()],
  ['deploy', '', live],
  // The only deployment that is executed: it also tells the stage where the console is.
  ['deploy', '--replace topic69831491', adopting({ console: {} })],
  [
    'deploy',
    '',
    ownSettings((dev) => ({ ...dev, email: { ...dev.email, sender: 'a@new.test', identity: 'new.test' } })),
  ],
  [
    'doctor',
    '',
    ownSettings((dev) => ({
      ...dev,
      email: {
        provider: 'sendgrid',
        sender: 'orders@shop.test',
        dataResidency: 'eu',
        webhookKeys: [],
        ratePerSecond: 10,
        feedMarginSeconds: 900,
        feedCountLagSeconds: 60,
      },
      onUnknown: { ...dev.onUnknown, email: { default: 'hold' } },
    })),
  ],
  ['smoke', ''],
  ['tenants', 'add acme --client'],
  ['tenants', 'rotate acme'],
  ['tenants', 'rotate acme --finish'],
  ['tenants', 'token acme'],
  ['tenants', 'add acme --user ada@shop.test --operator'],
  ['tenants', 'add acme --user ada@shop.test'],
  ['tenants', 'list'],
  ['tenants', 'remove acme --user ada@shop.test'],
  ['tenants', 'remove acme --client'],
];

describe('the list of permissions', () => {
  for (const command of COMMANDS) {
    it(`contains exactly the calls that ${command} can make`, () => {
      assert.deepEqual(
        listedActions().get(command),
        actionsOf(operationsOf(command)),
        `docs/reference/permissions.md should say:\n${rowOf(command)}\n`,
      );
    });
  }

  it('contains exactly the calls that the commands made when they ran', async () => {
    const account = await startRecordedAccount({});
    Object.assign(
      account.answers,
      tenantAccount(tenantState(), () => account.url),
      answers(),
    );
    const called = new Map<CommandName, string[]>();
    try {
      for (const [command, words, settings = ownSettings()] of runs) {
        account.calls.length = 0;
        const args = ['--stage', 'dev', ...words.split(' ').filter((word) => word !== '')];
        await ran(commands[command] ?? assert.fail(), args, { account, settings });
        const operations = account.operations().filter((operation) => !operation.startsWith('POST '));
        called.set(command, [...(called.get(command) ?? []), ...operations]);
      }
    } finally {
      await account.close();
    }
    for (const [command, operations] of called) {
      const elsewhere = command === 'deploy' || command === 'doctor' ? CALLS_ELSEWHERE[command] : [];
      assert.deepEqual(actionsOf([...operations, ...elsewhere]), listedActions().get(command), command);
    }
  });

  it('begins with GetCallerIdentity, and no command makes another call in the wrong account', async () => {
    const account = await startRecordedAccount(healthyAccount());
    const settings = ownSettings((dev) => ({ ...dev, account: '210987654321' }));
    try {
      const all = { ...commands, bootstrap: bootstrapping, restore };
      for (const command of COMMANDS) {
        account.calls.length = 0;
        const words = { tenants: ['list'], restore: ['status'] }[command as string] ?? [];
        const { code, refused, printed } = await ran(all[command] ?? assert.fail(), ['--stage', 'dev', ...words], {
          account,
          settings,
        });
        assert.equal(code, 1, command);
        assert.match(
          [...printed, ...refused].join(),
          /belongs to account 210987654321; these credentials are of/,
          command,
        );
        assert.deepEqual(account.operations(), ['sts GetCallerIdentity'], command);
      }
    } finally {
      await account.close();
    }
  });

  it('contains the bootstrap version that UpdateStack reads for the caller', () => {
    assert.ok(listedActions().get('tenants')?.includes('ssm:GetParameters'));
  });
});
