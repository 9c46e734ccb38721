import assert from 'node:assert/strict';
import { afterEach } from 'node:test';
import type { Severity } from '#infra/account/checks/check.ts';
import { type ExamineOptions, examine } from '#infra/account/examine.ts';
import { type StageSettings, sesOf } from '#infra/settings.ts';
import { noRecords, ownSettings } from '#test/support/account-commands.ts';
import { ACCOUNT, healthyAccount } from '#test/support/healthy-account.ts';
import { type Answers, type RecordedAccount, startRecordedAccount } from '#test/support/recorded-account.ts';

/** Accounts with recorded answers, and what doctor finds in them. */

export const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

export const accountWith = async (answers: Answers): Promise<RecordedAccount> => {
  const account = await startRecordedAccount(answers);
  open.push(account);
  return account;
};

export type Reported = { severity: Severity; name: string; fault: string; next: string };

/** Every finding about an account with these answers instead of the healthy ones. */
export async function findingsOf(
  answers: Answers,
  settings: StageSettings = ownSettings(),
  { base = healthyAccount(), ...more }: Partial<ExamineOptions> & { base?: Answers } = {},
): Promise<Reported[]> {
  const { client } = await accountWith({ ...base, ...answers });
  const { results } = await examine({
    stage: 'dev',
    settings,
    client,
    resolveCname: noRecords,
    ...more,
  });
  return results.flatMap(({ name, findings }) => findings.map((finding) => ({ ...finding, name })));
}

/** Asserts that there is exactly one finding, with this severity, fault and next step. */
export function assertOnly(findings: Reported[], severity: Severity, fault: RegExp, next: RegExp): void {
  assert.deepEqual(
    findings.map((one) => one.severity),
    [severity],
    JSON.stringify(findings),
  );
  assert.match(findings[0]?.fault ?? '', fault);
  assert.match(findings[0]?.next ?? '', next);
}

export const withEmail = (email: Partial<ReturnType<typeof sesOf>>) =>
  ownSettings((settings) => ({ ...settings, email: { ...sesOf(settings), ...email } }));

export const withOrigin = (arn: string) =>
  ownSettings((settings) => ({
    ...settings,
    sms: { gateway: 'end-user-messaging', ratePerSecond: 1, originationIdentity: arn },
  }));

export const POOL = `arn:aws:sms-voice:eu-central-1:${ACCOUNT}:pool/pool-1`;
