import { startCloud } from '#infra/local/cloud.ts';
import { synthesize } from '#infra/synth.ts';
import { ENV } from '#shared/names.ts';
import { changeTemplates, failEarly, setVariable } from '#test/support/early-failures.ts';
import { REMINDER_AFTER_SECONDS } from './plan.ts';
import { EARLY_FAILURES, REDRIVE_WAIT_SECONDS } from './plan-operators.ts';

/**
 * `npm start` of a campaign: stage `local`, except that reminders become due while the campaign runs, and that some
 * subscribers give up messages early, so that operators have dead letters.
 */

const controller = new AbortController();
const print = (line: string): void => void process.stderr.write(`${line}\n`);

const fail = (error: unknown): void => {
  print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
};

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
    changeTemplates(options.outdir, (resources) => {
      setVariable(resources, ENV.reminderAfterSeconds, String(REMINDER_AFTER_SECONDS));
      setVariable(resources, ENV.redriveWaitSeconds, String(REDRIVE_WAIT_SECONDS));
      failEarly(resources, EARLY_FAILURES);
    });
  },
}).catch(fail);

process.once('SIGINT', async () => {
  controller.abort();
  await cloud?.stop();
  process.exit();
});
process.stdout.write('Control\n');
