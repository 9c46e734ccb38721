import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadAssembly } from '#infra/local/template/assembly.ts';
import { checkSupported } from '#infra/local/template/check.ts';
import { type Plan, planOf, planTables } from '#infra/local/template/plan.ts';
import { PEERS, synthesizePeer } from '#test/bench/peers/peers.ts';

/** What is asserted here would otherwise be found out minutes into a bench. */
describe('The alternatives', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-peers-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const plans = new Map<string, Promise<Plan>>();
  /** The plan that the local cloud makes of one. */
  const planned = (name: keyof typeof PEERS, sendAttempts?: number): Promise<Plan> => {
    const key = `${name}-${sendAttempts ?? 'default'}`;
    const plan = plans.get(key) ?? planOfPeer(name, join(folder, key), sendAttempts);
    plans.set(key, plan);
    return plan;
  };

  it('take orders where ours does, with the same tokens, and send', async () => {
    for (const [name, functions] of [
      ['dualWrite', ['add-tenant-claim', 'place-order']],
      ['powertools', ['add-tenant-claim', 'place-order', 'send-email']],
      ['outbox', ['add-tenant-claim', 'place-order', 'publish-events', 'send-email']],
    ] as const) {
      const plan = await planned(name);
      assert.deepEqual(plan.functions.map((one) => one.name).sort(), functions, name);
      assert.deepEqual(
        plan.api.routes.map(({ routeKey, functionName, scopes }) => [routeKey, functionName, scopes]),
        [['POST /orders', 'place-order', ['counterfoil/orders:write']]],
      );
      assert.equal(plan.pool?.triggerFunction, 'add-tenant-claim');
      const senders = plan.functions.filter(({ policies }) => JSON.stringify(policies).includes('ses:SendEmail'));
      assert.equal(senders.length, 1, name);
    }
  });

  it('have the SDK’s attempts unless another number is asked for, in the function that sends', async () => {
    const attempts = async (sendAttempts?: number) =>
      (await planned('powertools', sendAttempts)).functions.map((one) => [one.name, one.environment.AWS_MAX_ATTEMPTS]);
    assert.ok((await attempts()).every(([, value]) => value === undefined));
    assert.deepEqual(Object.fromEntries(await attempts(1)), {
      'add-tenant-claim': undefined,
      'place-order': undefined,
      'send-email': '1',
    });
  });

  it('repeat or answer a dual write, as described', async () => {
    const onRepeat = async (name: keyof typeof PEERS) =>
      (await planned(name)).functions.find((one) => one.name === 'place-order')?.environment.ON_REPEAT;
    assert.deepEqual([await onRepeat('dualWrite'), await onRepeat('dualWriteAgain')], ['answer', 'do-again']);
  });
});

async function planOfPeer(name: keyof typeof PEERS, folder: string, sendAttempts?: number): Promise<Plan> {
  const outdir = join(folder, 'assembly');
  await synthesizePeer(PEERS[name], { outdir }, sendAttempts === undefined ? {} : { sendAttempts });
  const assembly = loadAssembly(outdir);
  checkSupported(assembly.template);
  // Where a table has a stream, an engine would have given it a label.
  const tables = planTables(assembly);
  const labels = tables.map(({ logicalId }) => [logicalId, 'label']);
  return planOf(assembly, { tables, sqsUrl: '', streamLabels: Object.fromEntries(labels) });
}
