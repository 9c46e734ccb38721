import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RunCdk } from '#infra/account/cdk.ts';
import { deploy } from '#infra/account/deploy.ts';
import { noRecords, ownSettings, ran } from '#test/support/account-commands.ts';
import { accountForEach } from '#test/support/account-for-each.ts';
import { shownStack, stackOutputs } from '#test/support/healthy-account.ts';
import { AwsFault } from '#test/support/recorded-account.ts';

const ORIGIN = 'https://d111111abcdef8.cloudfront.net';
const CONSOLE_STACK = 'counterfoil-dev-console';

describe('npm run deploy for a stage with a console', () => {
  const here = accountForEach();

  /** An account whose stacks exist once the CDK has deployed them. */
  function anAccount({ origin = ORIGIN, parameter }: { origin?: string; parameter: string | undefined }) {
    const deployed = new Set<string>();
    const cdkCalls: string[][] = [];
    let value = parameter;
    const stackShown = () => {
      const { Parameters, Outputs, ...stack } = shownStack();
      const outputs = { ...stackOutputs(), consoleUrl: `${value ?? origin}/` };
      return {
        ...stack,
        Parameters: Parameters.filter(({ ParameterKey }) => ParameterKey !== 'ConsoleOrigin').concat(
          value === undefined ? [] : [{ ParameterKey: 'ConsoleOrigin', ParameterValue: value }],
        ),
        Outputs: Outputs.map((one) =>
          one.OutputKey === 'outputs' ? { ...one, OutputValue: JSON.stringify(outputs) } : one,
        ),
      };
    };
    const consoleShown = {
      ...shownStack(),
      StackName: CONSOLE_STACK,
      Parameters: [],
      Outputs: origin === '' ? [] : [{ OutputKey: 'consoleOrigin', OutputValue: origin }],
    };
    Object.assign(here.account.answers, {
      'cloudformation DescribeStacks': ({ StackName }: { StackName: string }) =>
        deployed.has(StackName)
          ? { Stacks: [StackName === CONSOLE_STACK ? consoleShown : stackShown()] }
          : new AwsFault('ValidationError', `Stack with id ${StackName} does not exist`),
      'cloudformation UpdateStack': ({
        Parameters,
      }: {
        Parameters: { ParameterKey: string; ParameterValue?: string }[];
      }) => {
        value = Parameters.find(({ ParameterKey }) => ParameterKey === 'ConsoleOrigin')?.ParameterValue;
        return { StackId: 'arn:stack' };
      },
    });
    const runCdk: RunCdk = async (args) => {
      cdkCalls.push(args);
      deployed.add(args[1] ?? '');
      return 0;
    };
    return { runCdk, cdkCalls };
  }

  const deploying = (runCdk: RunCdk) =>
    ran((args, context) => deploy(args, context, { runCdk, lookUp: noRecords }), ['--stage', 'dev'], {
      account: here.account,
      settings: ownSettings((dev) => ({ ...dev, console: {} })),
      folder: here.folder,
    });
  const updates = () =>
    here.account.calls
      .filter(({ operation }) => operation === 'cloudformation UpdateStack')
      .map(({ input }) => input as { StackName: string; UsePreviousTemplate: string; Parameters: object[] });
  const outputs = () => JSON.parse(readFileSync(join(here.folder, 'dev.outputs.json'), 'utf8'));

  it('deploys the stage, then the console, then tells the stage where the console is', async () => {
    const { runCdk, cdkCalls } = anAccount({ parameter: 'https://console.invalid' });
    const { code, refused, printed } = await deploying(runCdk);
    assert.deepEqual({ code, refused }, { code: 0, refused: [] });
    assert.deepEqual(cdkCalls, [
      ['deploy', 'counterfoil-dev', '--context', 'stage=dev', '--output', 'cdk.out', '--previous-parameters'],
      ['deploy', CONSOLE_STACK, '--app', 'cdk.out', '--exclusively'],
    ]);
    const [update, ...others] = updates();
    assert.deepEqual(others, []);
    assert.deepEqual([update?.StackName, update?.UsePreviousTemplate], ['counterfoil-dev', 'true']);
    // The list of machine clients stays as it is.
    assert.deepEqual(update?.Parameters, [
      { ParameterKey: 'BootstrapVersion', UsePreviousValue: 'true' },
      { ParameterKey: 'MachineClients', UsePreviousValue: 'true' },
      { ParameterKey: 'ConsoleOrigin', ParameterValue: ORIGIN },
    ]);
    assert.equal(outputs().consoleUrl, `${ORIGIN}/`);
    assert.match(printed.join('\n'), new RegExp(`The console is at ${ORIGIN}/`));
  });

  it('changes the parameter only if the console has moved', async () => {
    const { runCdk } = anAccount({ parameter: ORIGIN });
    assert.equal((await deploying(runCdk)).code, 0);
    assert.deepEqual(updates(), []);
  });

  it('has nothing to set if the stage names the origin itself', async () => {
    const { runCdk } = anAccount({ parameter: undefined });
    assert.equal((await deploying(runCdk)).code, 0);
    assert.deepEqual(updates(), []);
  });

  it('says which stack to deploy again if the console’s stack has no origin', async () => {
    const { runCdk } = anAccount({ origin: '', parameter: 'https://console.invalid' });
    const { code, refused } = await deploying(runCdk);
    assert.equal(code, 1);
    assert.match(refused.join(), /^Stack counterfoil-dev-console does not say where the console is/);
  });
});
