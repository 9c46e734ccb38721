import { type Command, type CommandContext, errorLines } from '#infra/account/command.ts';
import type { StageSettings } from '#infra/settings.ts';
import { settingsOf, validated } from '#infra/stages.ts';
import { ACCOUNT } from './healthy-account.ts';
import type { RecordedAccount } from './recorded-account.ts';

/** Settings of stage `dev` without placeholders and without a console. */
export function ownSettings(
  change: (settings: StageSettings) => StageSettings = (settings) => settings,
): StageSettings {
  const { console: _, ...dev } = settingsOf('dev');
  const email = { ...dev.email, sender: 'orders@shop.test', identity: 'shop.test' };
  return validated('dev', change({ ...dev, region: 'eu-central-1', email }));
}

/** The settings as those of a production stage in `ACCOUNT`. */
export const inProduction = (settings: StageSettings): StageSettings => ({
  ...settings,
  production: true,
  account: ACCOUNT,
  removal: 'retain',
  logRetentionDays: 30,
  alarms: { addresses: ['operations@shop.test'] },
});

/** A DNS without records. */
export const noRecords = () => Promise.reject(new Error('ENOTFOUND'));

/** The output of a command, and its exit code. */
export type Ran = { code: number; printed: string[]; refused: string[] };

/** Runs a command in this process, as `npm run` would, against a recorded account. */
export async function ran(
  command: Command,
  args: string[],
  context: Partial<CommandContext> & { account?: RecordedAccount; settings?: StageSettings } = {},
): Promise<Ran> {
  const { account, settings = ownSettings(), ...others } = context;
  const printed: string[] = [];
  try {
    const code = await command(args, {
      print: (line) => void printed.push(line),
      environment: {},
      client: account?.client ?? {},
      folder: '/nowhere',
      settingsOf: () => settings,
      pollMs: 5,
      ...others,
    });
    return { code, printed, refused: [] };
  } catch (error) {
    return { code: 1, printed, refused: errorLines(error) };
  }
}
