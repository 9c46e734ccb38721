import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ownSettings } from '#test/support/account-commands.ts';
import { AwsFault } from '#test/support/recorded-account.ts';
import { poolClient, TENANT_SCOPES, tenantState } from '#test/support/tenant-account.ts';
import { populated, stageWith } from './tenants-stage.ts';

describe('npm run tenants -- add --client', () => {
  it('creates the client, its row and its entry in the API’s list, in this order, and prints the secret once', async () => {
    const { state, account, run, changes } = await stageWith(populated('globex'));
    const { code, printed, refused } = await run('add acme --client');
    assert.deepEqual({ code, refused }, { code: 0, refused: [] });
    assert.deepEqual(changes(), ['cognito-idp CreateUserPoolClient', 'dynamodb PutItem', 'cloudformation UpdateStack']);
    const [id = ''] = [...state.clients].find(([, { name }]) => name === 'acme') ?? [];
    const created = account.calls.find(({ operation }) => operation === 'cognito-idp CreateUserPoolClient')?.input;
    assert.deepEqual(created, {
      UserPoolId: 'eu-central-1_Pool1',
      ClientName: 'acme',
      GenerateSecret: true,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: TENANT_SCOPES,
    });
    const put = account.calls.find(({ operation }) => operation === 'dynamodb PutItem')?.input;
    assert.deepEqual(put?.Item, {
      pk: { S: `client#${id}` },
      sk: { S: 'CLIENT' },
      type: { S: 'client' },
      schemaVersion: { N: '1' },
      tenant: { S: 'acme' },
    });
    assert.equal(put?.ConditionExpression, 'attribute_not_exists(#pk) OR #tenant = :tenant');
    const update = account.calls.find(({ operation }) => operation === 'cloudformation UpdateStack')?.input;
    assert.deepEqual(update, {
      StackName: 'counterfoil-dev',
      UsePreviousTemplate: 'true',
      Capabilities: ['CAPABILITY_IAM'],
      Parameters: [
        { ParameterKey: 'BootstrapVersion', UsePreviousValue: 'true' },
        { ParameterKey: 'MachineClients', ParameterValue: [id, 'globexId'].sort().join(',') },
        // The console keeps its origin.
        { ParameterKey: 'ConsoleOrigin', UsePreviousValue: 'true' },
      ],
    });
    const secret = state.clients.get(id)?.secrets[0]?.value ?? assert.fail();
    assert.equal(printed.join('\n').split(secret).length, 2, 'the secret is shown once');
    assert.match(printed.join('\n'), new RegExp(`client ${id}, which the API accepts`));
  });

  it('changes nothing when it is repeated, and does not print the secret again', async () => {
    const { state, run, changes } = await stageWith(populated('acme'));
    const { code, printed } = await run('add acme --client');
    assert.equal(code, 0);
    assert.deepEqual(changes(), ['dynamodb PutItem']);
    assert.doesNotMatch(printed.join('\n'), new RegExp(state.clients.get('acmeId')?.secrets[0]?.value ?? ''));
    assert.match(printed.join('\n'), /describe-user-pool-client --user-pool-id eu-central-1_Pool1 --client-id acmeId/);
  });

  it('gives an operator’s client the scope of operators', async () => {
    const { account, run } = await stageWith();
    assert.equal((await run('add operator --client --operator')).code, 0);
    const created = account.calls.find(({ operation }) => operation === 'cognito-idp CreateUserPoolClient')?.input;
    assert.deepEqual(created?.AllowedOAuthScopes, [...TENANT_SCOPES, 'counterfoil/operations']);
    const again = await run('add operator --client');
    assert.match(again.refused.join(), /is an operator\. Remove it first/);
  });

  for (const broken of ['dynamodb PutItem', 'cloudformation UpdateStack']) {
    it(`continues where it stopped after a failure at ${broken}`, async () => {
      const { state, run, breakOnce } = await stageWith();
      breakOnce(broken);
      const first = await run('add acme --client');
      assert.equal(first.code, 1);
      assert.match(first.refused.join(), /AccessDenied/);
      assert.equal(state.accepted, 'none');
      const half = (await run('list')).printed.find((line) => line.startsWith('acme'));
      assert.match(half ?? '', broken === 'dynamodb PutItem' ? /partly added/ : /not accepted by the API yet/);

      const second = await run('add acme --client');
      assert.deepEqual({ code: second.code, refused: second.refused }, { code: 0, refused: [] });
      assert.equal([...state.clients.values()].filter(({ name }) => name === 'acme').length, 1);
      assert.equal([...state.rows.values()].join(), 'acme');
      assert.equal(state.accepted, [...state.rows.keys()].join());
      assert.match((await run('list')).printed.join('\n'), /acme: client \S+, ready/);
    });
  }

  it('reports why CloudFormation rolled the change back, and repairs it on the next run', async () => {
    const { state, run } = await stageWith({
      onUpdate: (of) => {
        of.status = 'UPDATE_ROLLBACK_COMPLETE';
      },
    });
    const { code, refused } = await run('add acme --client');
    assert.equal(code, 1);
    assert.match(refused.join('\n'), /rolled back the change of counterfoil-dev: UPDATE_ROLLBACK_COMPLETE/);
    assert.match(refused.join('\n'), /describe-stack-events/);
    state.onUpdate = tenantState().onUpdate;
    assert.equal((await run('add acme --client')).code, 0);
    assert.equal(state.accepted, [...state.rows.keys()].join());
  });

  it('waits for concurrent changes of the stack, and loses no client', async () => {
    const { state, account, run } = await stageWith({
      busy: ['UPDATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS'],
    });
    // Globex was added, and another change started, after the command had read the stack.
    const usual = account.answers['cloudformation UpdateStack'] as (input: Record<string, unknown>) => object;
    account.answers['cloudformation UpdateStack'] = () => {
      account.answers['cloudformation UpdateStack'] = usual;
      state.clients.set(...poolClient('globex', 'globexId'));
      state.rows.set('globexId', 'globex');
      state.busy.push('UPDATE_IN_PROGRESS');
      return new AwsFault('ValidationError', 'Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated.');
    };
    const { code, printed } = await run('add acme --client');
    assert.equal(code, 0);
    assert.match(printed.join('\n'), /counterfoil-dev is UPDATE_IN_PROGRESS; waiting/);
    assert.deepEqual(state.accepted.split(',').sort(), [...state.rows.keys()].sort());
    assert.equal(state.rows.size, 2);
  });

  it('refuses a client beyond API Gateway’s limit before it creates anything', async () => {
    const names = Array.from({ length: 48 }, (_, index) => `tenant${index}`);
    const { run, changes } = await stageWith(populated(...names));
    const { code, refused } = await run('add acme --client');
    assert.equal(code, 1);
    assert.match(refused.join('\n'), /accepts 50 clients for one API, and stage dev would have 51/);
    assert.match(refused.join('\n'), /Remove a client/);
    assert.deepEqual(changes(), []);
    // An existing client needs no new entry.
    assert.equal((await run('add tenant7 --client')).code, 0);
  });

  it('repairs a tenant that two people added at the same time', async () => {
    const clients = tenantState()
      .clients.set(...poolClient('acme', 'acme1'))
      .set(...poolClient('acme', 'acme2'));
    const { state, run } = await stageWith({ clients, rows: new Map([['acme1', 'acme']]) });
    assert.equal((await run('add acme --client')).code, 0);
    assert.equal(state.accepted, 'acme1,acme2');
    assert.match((await run('rotate acme')).refused.join(), /several clients \(acme1, acme2\)/);
  });

  it('does not take over another tenant’s client', async () => {
    const { run, account } = await stageWith(populated('acme'));
    account.answers['dynamodb PutItem'] = new AwsFault('ConditionalCheckFailedException');
    assert.match((await run('add acme --client')).refused.join(), /acmeId belongs to another tenant than acme/);
  });
});

describe('npm run tenants -- remove --client', () => {
  it('stops new tokens first, then has the API refuse existing ones, then deletes the client', async () => {
    const { state, run, changes } = await stageWith(populated('acme', 'globex'));
    assert.equal((await run('remove acme --client')).code, 0);
    assert.deepEqual(changes(), [
      'dynamodb DeleteItem',
      'cloudformation UpdateStack',
      'cognito-idp DeleteUserPoolClient',
    ]);
    assert.equal(state.accepted, 'globexId');
    assert.ok(!state.clients.has('acmeId'));
    assert.match((await run('remove acme --client')).refused.join(), /no client in stage dev; nothing was changed/);
  });

  it('continues where it stopped, and never leaves the list empty', async () => {
    const { state, run, breakOnce } = await stageWith(populated('acme'));
    breakOnce('cloudformation UpdateStack');
    assert.equal((await run('remove acme --client')).code, 1);
    assert.equal(state.rows.size, 0, 'it gets no more tokens');
    assert.equal((await run('remove acme --client')).code, 0);
    assert.deepEqual([state.accepted, state.clients.has('acmeId')], ['none', false]);
  });
});

describe('npm run tenants: people', () => {
  it('adds a person with an immutable tenant, and makes the person an operator', async () => {
    const { state, account, run } = await stageWith();
    const { code, printed } = await run('add acme --user ada@shop.test --operator');
    assert.equal(code, 0);
    assert.match(printed.join('\n'), /invitation/);
    assert.deepEqual(state.users.get('ada@shop.test'), { tenant: 'acme', groups: ['operators'] });
    const created = account.calls.find(({ operation }) => operation === 'cognito-idp AdminCreateUser')?.input;
    assert.deepEqual(created?.DesiredDeliveryMediums, ['EMAIL']);
    assert.match((await run('add acme --user ada@shop.test')).printed.join(), /already belongs to tenant acme/);
    const elsewhere = await run('add globex --user ada@shop.test');
    assert.match(elsewhere.refused.join(), /belongs to tenant acme\. A person’s tenant cannot be changed/);
    assert.match((await run('remove globex --user ada@shop.test')).refused.join(), /belongs to tenant acme/);
    assert.match(
      (await run('remove acme --user bob@shop.test')).refused.join(),
      /No person in the user pool has the address/,
    );
    assert.equal((await run('remove acme --user ada@shop.test')).code, 0);
    assert.equal(state.users.size, 0);
  });

  it('reports the missing setting if no person could sign in', async () => {
    const clients = new Map([poolClient('tokenspoolsmoke', 'smoke1')]);
    const { run, changes } = await stageWith({ clients });
    assert.match((await run('add acme --user ada@shop.test')).refused.join(), /Set jwt.callbackUrls/);
    assert.deepEqual(changes(), []);
  });
});

describe('npm run tenants -- list', () => {
  it('lists machines and people, incomplete clients, and deleted clients that are still accepted', async () => {
    const { clients, rows, accepted } = populated('acme', 'globex');
    clients.set(...poolClient('half', 'halfId'));
    const users = new Map([['ada@shop.test', { tenant: 'acme', groups: [] }]]);
    const { run, changes } = await stageWith({ clients, rows, users, accepted: `${accepted},goneId` });
    const { printed } = await run('list');
    assert.deepEqual(printed, [
      'Stage dev accepts 5 of at most 50 clients.',
      'acme: client acmeId, ready',
      'acme: person ada@shop.test, CONFIRMED',
      'globex: client globexId, ready',
      'half: client halfId, only partly added or removed: run add or remove again',
      'Client goneId is accepted but no longer exists. The next add or remove takes it off the list.',
    ]);
    assert.deepEqual(changes(), []);
  });
});

describe('npm run tenants: bad input', () => {
  it('is refused with every fault, without any call', async () => {
    const { run, account } = await stageWith();
    const cases: [line: string, ...faults: RegExp[]][] = [
      ['add ac#me --client', /"ac#me" is not a tenant’s name/],
      [`add ${'x'.repeat(65)} --client`, /1 to 64 letters/],
      ['add acme', /either --client or --user/],
      ['add acme --client --user ada@shop.test', /either --client or --user/],
      ['add acme --user ada', /"ada" is not an e-mail address/],
      [
        'add a b --user ada --finish',
        /add does not accept --finish/,
        /add takes one tenant; 2 were named/,
        /not an e-mail address/,
      ],
      ['add smoke --client', /belongs to npm run smoke/],
      ['rotate', /rotate takes one tenant; 0 were named/],
      ['rotate a#b --client', /rotate does not accept --client/, /"a#b" is not a tenant/],
      ['token', /token needs the names/],
      ['list acme', /list takes no tenant/],
      ['remove acme --operator --client', /remove does not accept --operator/],
      ['nonsense', /Usage/],
      ['add acme --colour red', /Unknown option '--colour'/],
      ['toString', /Usage/],
    ];
    for (const [line, ...faults] of cases) {
      const { code, refused } = await run(line);
      assert.equal(code, 1, line);
      assert.equal(refused.length >= faults.length, true, `${line}: ${refused.join(' | ')}`);
      for (const fault of faults) assert.match(refused.join('\n'), fault, line);
    }
    assert.deepEqual(account.calls, []);
  });

  it('reports where tenants are managed if the stage has its own issuer', async () => {
    const { run, account } = await stageWith();
    const settings = ownSettings((dev) => ({
      ...dev,
      jwt: {
        kind: 'issuer',
        issuer: 'https://login.shop.test/',
        clientIds: ['a', 'b'],
        scopePrefix: 'shop/',
        tenantClaim: 'org',
      },
    }));
    const { refused } = await run('add acme --client', { settings });
    assert.match(refused.join('\n'), /The tokens of stage dev come from https:\/\/login\.shop\.test\//);
    assert.match(
      refused.join('\n'),
      /the tenant in the claim "org", aud \(or client_id, without an aud\) a or b, and scopes that begin with "shop\/"/,
    );
    assert.deepEqual(account.calls, []);
  });

  it('reports the next step for a stage that is not deployed, or not completely', async () => {
    const { run, account } = await stageWith();
    account.answers['cloudformation DescribeStacks'] = new AwsFault(
      'ValidationError',
      'Stack with id counterfoil-dev does not exist',
    );
    assert.match((await run('list')).refused.join(), /no stack counterfoil-dev in eu-central-1: deploy/);
    account.answers['cloudformation DescribeStacks'] = {
      Stacks: [{ StackName: 'counterfoil-dev', StackStatus: 'ROLLBACK_COMPLETE' }],
    };
    assert.match((await run('list')).refused.join(), /is ROLLBACK_COMPLETE and has no stage outputs/);
  });
});
