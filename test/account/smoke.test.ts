import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { smoke } from '#infra/account/smoke.ts';
import { ownSettings, type Ran, ran } from '#test/support/account-commands.ts';
import { stackOutputs } from '#test/support/healthy-account.ts';
import { openLocal } from '#test/support/local.ts';
import { startRecordedAccount } from '#test/support/recorded-account.ts';
import { poolClient, tenantAccount, tenantState } from '#test/support/tenant-account.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

type Script = {
  /** Answers to POST /orders, in order. */
  placed?: { status: number; headers?: Record<string, string>; body: object }[];
  /** Status of the e-mail at each poll. The last one repeats. */
  emails?: object[];
};

const email = (status: string, more: object = {}) => ({
  notificationId: 'order_o1_1-1',
  channel: 'email',
  status,
  recipients: [{ outcome: status }],
  ...more,
});
const DELIVERED = email('SENT', { recipients: [{ outcome: 'DELIVERED' }], providerMessageId: 'm1' });
const body = { orderId: 'o1', status: 'placed', notifications: [{ notificationId: 'order_o1_1-1' }] };
const REPLAY = { 'idempotency-replayed': 'true' };

/** A stage's API with scripted answers, and an `outputs.json` with its address. */
async function scripted({ placed, emails = [DELIVERED] }: Script = {}) {
  const answers = placed ?? [
    { status: 201, body },
    { status: 201, body, headers: REPLAY },
  ];
  const seen: { key: unknown; order: unknown; token: unknown }[] = [];
  const server: Server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (request.method === 'GET') {
      response.end(JSON.stringify(emails.length > 1 ? emails.shift() : emails[0]));
      return;
    }
    const { authorization, 'idempotency-key': key } = request.headers;
    seen.push({ key, order: JSON.parse(text), token: authorization });
    const answer = answers.shift();
    response.writeHead(answer?.status ?? 500, answer?.headers);
    response.end(JSON.stringify(answer?.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-'));
  open.push(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = join(folder, 'outputs.json');
  const outputs = { ...stackOutputs(), apiUrl, tokens: { acme: 'token-of-acme' } };
  writeFileSync(file, JSON.stringify(outputs));
  const run = (within = '30', environment = {}): Promise<Ran> =>
    ran(smoke, ['--outputs', file, '--within', within], { environment });
  return { run, seen, apiUrl, file, outputs };
}

describe('npm run smoke against the local cloud', () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  it('sends an e-mail, and gets the same answer to a repeated request', async () => {
    const { code, printed, refused } = await ran(smoke, ['--outputs', join(here.cloud.dataDir, 'outputs.json')]);
    assert.deepEqual({ code, refused }, { code: 0, refused: [] });
    const steps = printed.map((line) => line.replace(/^ *\d+\.\d s {2}/, ''));
    assert.equal(steps[0], 'got an access token');
    assert.match(steps[1] ?? '', /^order \w+ is placed$/);
    assert.match(steps.at(-3) ?? '', /^e-mail is DELIVERED, provider message id \S+$/);
    assert.match(steps.at(-2) ?? '', /Idempotency-Replayed: true/);
    const emails = await here.inbox.emails();
    assert.deepEqual(
      emails.map(({ to }) => to),
      [['success@simulator.amazonses.com']],
    );
    assert.deepEqual(await here.inbox.sms(), []);
  });
});

describe('npm run smoke', () => {
  it('registers its client at a deployed stage, and then gets a token', async () => {
    const api = await scripted();
    const state = tenantState();
    const account = await startRecordedAccount({});
    open.push(() => account.close());
    Object.assign(
      account.answers,
      tenantAccount(state, () => account.url),
    );
    const stackOutput = { ...stackOutputs(account.url), apiUrl: api.apiUrl };
    account.answers['cloudformation DescribeStacks'] = {
      Stacks: [
        {
          StackName: 'counterfoil-dev',
          StackStatus: 'CREATE_COMPLETE',
          Outputs: [{ OutputKey: 'outputs', OutputValue: JSON.stringify(stackOutput) }],
        },
      ],
    };
    const { code, refused } = await ran(smoke, ['--stage', 'dev'], { account });
    assert.deepEqual({ code, refused }, { code: 0, refused: [] });
    assert.deepEqual(account.operations(), [
      'sts GetCallerIdentity',
      'cloudformation DescribeStacks',
      'dynamodb PutItem',
      'cognito-idp DescribeUserPoolClient',
      'POST /oauth2/token',
    ]);
    assert.deepEqual([...state.rows], [['smoke1', 'smoke']]);
    assert.deepEqual(
      api.seen.map(({ token }) => token),
      ['Bearer token of smoke', 'Bearer token of smoke'],
    );
  });

  it('places one order twice, for the mailbox simulator only', async () => {
    const { run, seen } = await scripted();
    assert.equal((await run()).code, 0);
    assert.equal(seen.length, 2);
    assert.deepEqual(seen[0], seen[1]);
    assert.deepEqual(seen[0]?.order, {
      contact: { name: 'Smoke Test', email: 'success@simulator.amazonses.com' },
      currency: 'EUR',
      lines: [{ sku: 'SMOKE-1', description: 'Smoke test', quantity: 1, unitPrice: 100 }],
    });
    const { run: again, seen: other } = await scripted();
    await again('30', { TOKEN: 'given' });
    assert.equal(other[0]?.token, 'Bearer given');
    assert.notEqual(other[0]?.key, seen[0]?.key);
  });

  it('prints each change once, with its time', async () => {
    const emails = [
      email('PENDING'),
      email('PENDING'),
      email('SENDING'),
      email('SENT', { providerMessageId: 'm1' }),
      DELIVERED,
    ];
    const { printed } = await (await scripted({ emails })).run();
    assert.deepEqual(
      printed.filter((line) => /e-mail is/.test(line)).map((line) => line.replace(/^ *\d+\.\d s {2}/, '')),
      [
        'e-mail is PENDING',
        'e-mail is SENDING',
        'e-mail is SENT, provider message id m1',
        'e-mail is DELIVERED, provider message id m1',
      ],
    );
  });

  it('reports where the e-mail stopped, and what to look at', async () => {
    const cases: [status: object, ...patterns: RegExp[]][] = [
      [
        email('PENDING'),
        /PENDING after 0.1 s/,
        /npm run doctor -- --stage dev.*https:\/\/sqs\.test\/send-email, its dead-letter queue https:\/\/sqs\.test\/send-email-dead/,
      ],
      [email('SENDING'), /SENDING/, /lease/],
      [email('UNKNOWN', { reason: 'TimeoutError' }), /UNKNOWN after 0.1 s: TimeoutError/, /Send event/],
      [email('SENT'), /SENT after 0.1 s/, /event destination, queue https:\/\/sqs\.test\/record-email-feedback/],
      [email('SENT', { recipients: [{ outcome: 'BOUNCED' }] }), /e-mail is BOUNCED/, /npm run doctor/],
      [email('HELD'), /HELD/, /A person has to decide/],
      [
        email('FAILED', { reason: 'MessageRejected' }),
        /e-mail is FAILED: MessageRejected/,
        /refused it permanently: run npm run doctor/,
      ],
    ];
    for (const [status, ...patterns] of cases) {
      const { code, refused } = await (await scripted({ emails: [status] })).run('0.1');
      assert.equal(code, 1);
      for (const pattern of patterns) assert.match(refused.join('\n'), pattern);
    }
  });

  it('fails when a repeated request gets another answer', async () => {
    for (const second of [
      { status: 201, body },
      { status: 201, body: { ...body, orderId: 'o2' }, headers: REPLAY },
      { status: 409, body: {}, headers: REPLAY },
    ]) {
      const { code, refused } = await (await scripted({ placed: [{ status: 201, body }, second] })).run();
      assert.equal(code, 1);
      assert.match(refused.join(), /not the first answer/);
    }
  });

  it('reports why an order is refused', async () => {
    const reason = 'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"';
    const unauthorized = { status: 401, headers: { 'www-authenticate': reason }, body: { message: 'Unauthorized' } };
    const refusedBy = async (answer: NonNullable<Script['placed']>[number]) => {
      const { code, refused } = await (await scripted({ placed: [answer] })).run();
      assert.equal(code, 1);
      return refused.join('\n');
    };
    assert.match(await refusedBy(unauthorized), /does not have a valid audience.*\n.*refuses the token/);
    assert.match(await refusedBy({ status: 403, body: { message: 'Forbidden' } }), /scope orders:write/);
    assert.match(await refusedBy({ status: 500, body: { code: 'INTERNAL' } }), /log of handle-command/);
  });

  it('refuses invalid input without any call', async () => {
    const account = await startRecordedAccount({});
    open.push(() => account.close());
    const { file, outputs } = await scripted();
    const refusedFor = async (args: string[], settings = ownSettings()) => {
      const { code, refused } = await ran(smoke, args, { account, settings });
      assert.equal(code, 1);
      return refused.join('\n');
    };
    assert.match(await refusedFor([]), /Usage/);
    assert.match(await refusedFor(['--stage', 'dev', '--outputs', file]), /Usage/);
    assert.match(await refusedFor(['--outputs', '/nowhere/outputs.json']), /cannot be read/);
    assert.match(await refusedFor(['--outputs', file, '--within', 'soon']), /"soon" is not a positive number/);
    writeFileSync(file, JSON.stringify({ ...outputs, tokens: {} }));
    assert.match(await refusedFor(['--outputs', file]), /contains no token: add one with npm run tenants/);
    assert.deepEqual(account.calls, []);
  });

  it('requires a token of the issuer if the stage has one', async () => {
    const account = await startRecordedAccount({});
    open.push(() => account.close());
    Object.assign(
      account.answers,
      tenantAccount(tenantState({ clients: new Map([poolClient('s', 'smoke1')]) }), () => account.url),
    );
    const settings = ownSettings((dev) => ({
      ...dev,
      jwt: { kind: 'issuer', issuer: 'https://login.shop.test/', audience: ['a'], scopePrefix: '', tenantClaim: 'org' },
    }));
    const { refused } = await ran(smoke, ['--stage', 'dev'], { account, settings });
    assert.match(refused.join(), /come from https:\/\/login\.shop\.test\/: put a token.*TOKEN/);
  });
});
