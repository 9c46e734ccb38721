import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { PolicyStatement } from '#infra/local/aws/policy.ts';
import { createAuthoriser } from '#infra/local/gateway/authorise.ts';
import { type Grant, listOf } from '#infra/local/gateway/iam.ts';
import { loadAssembly } from '#infra/local/template/assembly.ts';
import { ACCOUNT_ID } from '#infra/local/template/physical.ts';
import { type FunctionPlan, planOf, planTables } from '#infra/local/template/plan.ts';
import { synthesize } from '#infra/synth.ts';

/** A phone number has no ARN. The statement "everything but topics" allows it. */
const PHONE = '+4366012345678';

describe('every statement of every function', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-statements-'));
  let functions: FunctionPlan[];
  before(async () => {
    const outdir = join(folder, 'cdk.out');
    await synthesize({ stage: 'local', outdir, checks: true });
    const assembly = loadAssembly(outdir);
    functions = planOf(assembly, {
      tables: planTables(assembly),
      sqsUrl: 'http://127.0.0.1',
      streamLabels: { table: 'label', table8235A42E: 'label' },
    }).functions;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const refusalOf = (functionName: string, policies: PolicyStatement[], grant: Grant): string | undefined =>
    createAuthoriser(ACCOUNT_ID, {}).refusal({ functionName, accessKeyId: 'key', policies, kill: () => undefined }, [
      grant,
    ]);

  /** Each action and resource that a statement allows. */
  const grantsOf = (statement: PolicyStatement): Grant[] => {
    const resources = statement.NotResource ? [PHONE] : listOf(statement.Resource);
    return listOf(statement.Action).flatMap((action) => resources.map((resource) => ({ action, resource })));
  };

  it('is needed: without it, the gateway refuses by function, action and resource', () => {
    let statements = 0;
    for (const { name, policies } of functions) {
      for (const [index, statement] of policies.entries()) {
        const others = policies.filter((_, position) => position !== index);
        statements += 1;
        for (const grant of grantsOf(statement)) {
          const what = `${name}: ${grant.action} on ${grant.resource}`;
          assert.equal(refusalOf(name, policies, grant), undefined, what);
          const refusal = refusalOf(name, others, grant);
          assert.ok(refusal, `${what} is allowed by two statements`);
          for (const part of [name, grant.action, grant.resource]) assert.ok(refusal.includes(part), refusal);
        }
      }
    }
    assert.ok(functions.length >= 10, `${functions.length} functions`);
    assert.ok(statements > 20, `${statements} statements`);
  });
});
