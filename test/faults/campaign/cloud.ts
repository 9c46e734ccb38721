import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCloud } from '#infra/local/cloud.ts';
import { synthesize } from '#infra/synth.ts';
import { ENV } from '#shared/names.ts';
import { REMINDER_AFTER_SECONDS } from './plan.ts';

/** `npm start` of a campaign: stage `local`, except that reminders become due while the campaign runs. */

const controller = new AbortController();
const print = (line: string): void => void process.stderr.write(`${line}\n`);

const fail = (error: unknown): void => {
  print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
};

function withEarlyReminders(outdir: string): void {
  const setting = new RegExp(`("${ENV.reminderAfterSeconds}": ?)"\\d+"`, 'g');
  const changed = globSync(join(outdir, '*.template.json')).filter((file) => {
    const template = readFileSync(file, 'utf8');
    const early = template.replaceAll(setting, `$1"${REMINDER_AFTER_SECONDS}"`);
    writeFileSync(file, early);
    return early !== template;
  });
  if (changed.length === 0) throw new Error(`No template sets ${ENV.reminderAfterSeconds}.`);
}

const cloud = await startCloud({
  port: Number(process.env.PORT),
  dataDir: process.env.DATA_DIR ?? '',
  stage: 'local',
  fresh: false,
  environment: process.env,
  signal: controller.signal,
  log: print,
  onFailure: fail,
  synthesize: async (options) => {
    await synthesize(options);
    withEarlyReminders(options.outdir);
  },
}).catch(fail);

process.once('SIGINT', async () => {
  controller.abort();
  await cloud?.stop();
  process.exit();
});
process.stdout.write('Control\n');
