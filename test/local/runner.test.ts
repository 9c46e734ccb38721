import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { SERVICE_NAMES, type ServiceName } from '#infra/local/aws/services.ts';
import { type Reaper, startReaper } from '#infra/local/processes/reaper.ts';
import { createRunner, type Runner } from '#infra/local/runner/runner.ts';
import type { FunctionPlan } from '#infra/local/template/plan.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';

const endpoints = Object.fromEntries(SERVICE_NAMES.map((name) => [name, `http://${name}`])) as Record<
  ServiceName,
  string
>;

describe('A function of the runner', () => {
  const folder = temporaryFolder();
  let reaper: Reaper;
  let runner: Runner | undefined;
  before(() => {
    reaper = startReaper();
  });
  afterEach(() => runner?.close());
  after(async () => {
    await reaper.close();
    removeFolder(folder);
  });

  /** A runner of one function with this source, in a folder with only `handler.mjs`, like an asset. */
  const run = (source: string, more: Partial<FunctionPlan> = {}): ((event?: unknown) => Promise<unknown>) => {
    const taskRoot = join(folder, 'asset');
    mkdirSync(taskRoot, { recursive: true });
    writeFileSync(join(taskRoot, 'handler.mjs'), source);
    const plan: FunctionPlan = {
      name: 'send-email',
      physicalName: 'stack-send-email',
      arn: 'arn:function',
      taskRoot,
      handler: 'handler.handler',
      timeoutSeconds: 5,
      memoryMb: 256,
      environment: { MINE: 'yes' },
      policies: [{ Effect: 'Allow', Action: 'x', Resource: '*' }],
      ...more,
    };
    const started = createRunner({
      functions: [plan],
      region: 'eu-x-1',
      endpoints,
      reaper,
      logsFolder: join(folder, 'logs'),
    });
    runner = started;
    return (event) => started.invoke('send-email', event);
  };
  const log = (): string => readFileSync(join(folder, 'logs', 'send-email.log'), 'utf8');

  it('sees the variables of its template and of Lambda, and nothing of this machine', async () => {
    process.env.OF_THE_MACHINE = 'secret';
    const variables = (await run('export const handler = async () => process.env;')()) as Record<string, string>;
    delete process.env.OF_THE_MACHINE;
    assert.equal(variables.OF_THE_MACHINE, undefined);
    assert.equal(variables.MINE, 'yes');
    assert.equal(variables.AWS_REGION, 'eu-x-1');
    assert.equal(variables.AWS_LAMBDA_FUNCTION_NAME, 'stack-send-email');
    assert.equal(variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, '256');
    assert.equal(variables._HANDLER, 'handler.handler');
    assert.equal(variables.AWS_ENDPOINT_URL_DYNAMODB, 'http://dynamodb');
    assert.equal(variables.AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2, 'http://pinpoint-sms-voice-v2');
    const known = /^(AWS_|LAMBDA_TASK_ROOT$|_HANDLER$|MINE$|HOME$|LANG$|PATH$|TZ$|NODE_CHANNEL_)/;
    assert.deepEqual(
      Object.keys(variables).filter((name) => !known.test(name)),
      [],
    );
  });

  it('receives its event and a context like Lambda’s', async () => {
    const source = `export const handler = async (event, context) =>
      ({ event, id: context.awsRequestId, name: context.functionName, left: context.getRemainingTimeInMillis() });`;
    const invoke = run(source, { timeoutSeconds: 7 });
    const first = (await invoke({ a: [1] })) as { event: unknown; id: string; name: string; left: number };
    const second = (await invoke({})) as typeof first;
    assert.deepEqual(first.event, { a: [1] });
    assert.equal(first.name, 'stack-send-email');
    assert.notEqual(first.id, second.id);
    assert.ok(first.left > 5000 && first.left <= 7000, `${first.left}`);
  });

  it('returns its result as JSON', async () => {
    const invoke = run(
      'export const handler = (event) => event === 1 ? undefined : { at: new Date(0), not: undefined };',
    );
    assert.equal(await invoke(1), null);
    assert.deepEqual(await invoke(2), { at: '1970-01-01T00:00:00.000Z' });
  });

  it('runs one invocation at a time in each environment, with an access key for each, and reuses environments', async () => {
    const meetings = join(folder, 'meetings');
    mkdirSync(meetings);
    // It waits for the other invocation, so that one environment cannot run them one after the other.
    const source = `import { readdirSync, writeFileSync } from 'node:fs';
      let running = 0;
      export const handler = async (meetings) => {
        running += 1;
        if (running > 1) throw new Error('two at once');
        const key = process.env.AWS_ACCESS_KEY_ID;
        writeFileSync(meetings + '/' + key, '');
        while (readdirSync(meetings).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        return key;
      };`;
    const invoke = run(source);
    const keys = new Set(await Promise.all([invoke(meetings), invoke(meetings), invoke(meetings)]));
    assert.ok(keys.size > 1);
    assert.ok(keys.has(await invoke(meetings)), 'a warm one');
    for (const key of keys as Set<string>) {
      const caller = runner?.callerOf(key);
      assert.deepEqual([caller?.functionName, caller?.accessKeyId, caller?.polling], ['send-email', key, undefined]);
    }
  });

  it('has separate credentials for polling, with its role', () => {
    run('export const handler = () => null;');
    const { accessKeyId = '' } = runner?.pollingCredentials('send-email') ?? {};
    const caller = runner?.callerOf(accessKeyId);
    assert.deepEqual([caller?.functionName, caller?.polling, caller?.policies.length], ['send-email', true, 1]);
  });

  it('fails with its own error, which is also logged', async () => {
    const invoke = run("export const handler = async () => { console.log('said'); throw new TypeError('mine'); };");
    await assert.rejects(invoke(), { code: 'INVOCATION_FAILED', errorType: 'TypeError', message: 'mine' });
    assert.equal(await invoke().catch((error) => error.message), 'mine', 'the environment continues');
    const [counted] = runner?.invocations.list() ?? [];
    assert.deepEqual([counted?.function, counted?.count, counted?.failed, counted?.running], ['send-email', 2, 2, 0]);
    assert.match(log(), /said/);
    assert.match(log(), /"errorMessage":"mine"/);
  });

  it('is killed at its timeout, even in a busy loop', async () => {
    const source = 'export const handler = async (event) => { if (event) return process.pid; for (;;); };';
    const invoke = run(source, { timeoutSeconds: 1 });
    const pid = (await invoke('who')) as number;
    await assert.rejects(invoke(), { errorType: 'Sandbox.Timedout', message: 'Task timed out after 1.00 seconds' });
    await untilGone(pid);
    assert.notEqual(await invoke('who'), pid);
  });

  it('fails an invocation if it crashes or is killed by its access key', async () => {
    const invoke = run(`export const handler = async (event) => {
      if (event === 'crash') process.exit(3);
      if (event === 'reject') { Promise.reject(new Error('unhandled')); await new Promise(() => setInterval(() => 0, 1000)); }
      if (event === 'who') return process.env.AWS_ACCESS_KEY_ID;
      await new Promise(() => setInterval(() => 0, 1000));
    };`);
    await assert.rejects(invoke('crash'), { errorType: 'Runtime.ExitError', message: /exit status 3/ });
    await assert.rejects(invoke('reject'), { errorType: 'Runtime.ExitError' });
    const key = (await invoke('who')) as string;
    const caller = runner?.callerOf(key);
    const hanging = invoke('hang');
    caller?.kill(key);
    await assert.rejects(hanging, { errorType: 'Runtime.ExitError', message: /SIGKILL/ });
    await eventually('the key to have no owner', async () => runner?.callerOf(key) === undefined);
  });

  it('fails an invocation if the bundle does not load or has no handler', async () => {
    await assert.rejects(run("throw new Error('at load');")(), { message: 'at load' });
    await runner?.close();
    await assert.rejects(run('export const other = 1;')(), { message: /exports no function handler/ });
  });
});

/** Resolves when no process has this id. */
const untilGone = (pid: number): Promise<unknown> =>
  eventually(`process ${pid} to end`, async () => {
    try {
      process.kill(pid, 0);
      return isZombie(pid);
    } catch {
      // Both the signal and the file fail if there is no such process.
      return true;
    }
  });

const isZombie = (pid: number): boolean => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
