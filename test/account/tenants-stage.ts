import { afterEach } from 'node:test';
import type { CommandContext } from '#infra/account/command.ts';
import { tenants } from '#infra/account/tenants.ts';
import type { StageSettings } from '#infra/settings.ts';
import { type Ran, ran } from '#test/support/account-commands.ts';
import { AwsFault, type RecordedAccount, startRecordedAccount } from '#test/support/recorded-account.ts';
import { poolClient, type TenantState, tenantAccount, tenantState } from '#test/support/tenant-account.ts';

/** What is closed after each test. */
export const open: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** A stage’s account, and `npm run tenants -- --stage dev` against it. */
export async function stageWith(more: Partial<TenantState> = {}) {
  const state = tenantState(more);
  const account: RecordedAccount = await startRecordedAccount({});
  Object.assign(
    account.answers,
    tenantAccount(state, () => account.url),
  );
  open.push(() => account.close());
  const run = (line: string, context: Partial<CommandContext> & { settings?: StageSettings } = {}): Promise<Ran> =>
    ran(tenants, ['--stage', 'dev', ...line.split(' ')], { account, ...context });
  /** Fails the next call of that kind, once. */
  const breakOnce = (operation: string, fault = new AwsFault('AccessDeniedException', 'not now', 403)) => {
    const usual = account.answers[operation];
    account.answers[operation] = () => {
      if (usual !== undefined) account.answers[operation] = usual;
      return fault;
    };
  };
  /** Calls that change something, in order. */
  const changes = () => account.operations().filter((operation) => !/ (Describe|List|Get|AdminGet)/.test(operation));
  return { state, account, run, breakOnce, changes };
}

/** A stage with these tenants added, one client each. */
export const populated = (...names: string[]) => {
  const clients = tenantState().clients;
  for (const name of names) clients.set(...poolClient(name, `${name}Id`));
  return {
    clients,
    rows: new Map(names.map((name) => [`${name}Id`, name])),
    accepted: names.map((name) => `${name}Id`).join(',') || 'none',
  };
};
