import { type CommandContext, chosenStage, readArguments, runCommand } from './command.ts';
import { Refused } from './refused.ts';
import { openRestoreContext, type RestoreContext } from './restore/context.ts';
import { holdStep } from './restore/hold-step.ts';
import { pauseStage } from './restore/pause.ts';
import { restoreStep, restoreTimeFrom } from './restore/restore-step.ts';
import { resumeStage } from './restore/resume.ts';
import { printStatus } from './restore/status.ts';

const USAGE = [
  'Usage: npm run restore -- --stage <name> <step>     (docs/how-to/restore.md)',
  '  status                        prints the state of a restore and the next step',
  '  pause                         stops sending, publishing, settling and accepting commands',
  '  restore --to <ISO time>       creates a table with the rows as they were at that time',
  '  hold [--rate <rows a second>] holds its unfinished notifications, so that none is sent twice',
  '  resume [--old-table] [--despite-unreadable] [--everything]',
].join('\n');

/** Default number of rows that `hold` reads in a second: eighteen million rows take an hour. */
const RATE = 5000;

type Values = {
  to?: string;
  rate?: string;
  'old-table': boolean;
  'despite-unreadable': boolean;
  everything: boolean;
};
type Step = {
  /** Options that the step accepts. */
  takes: (keyof Values)[];
  /**
   * Reads the step's options before any call of AWS.
   * @returns a function that runs the step. It returns false if a part could not be done. @throws Refused
   */
  plan(values: Values): (context: RestoreContext) => Promise<unknown>;
};

const steps: Record<string, Step> = {
  status: { takes: [], plan: () => printStatus },
  pause: { takes: [], plan: () => pauseStage },
  restore: {
    takes: ['to'],
    plan: ({ to }) => {
      const time = restoreTimeFrom(to);
      return (context) => restoreStep(context, time);
    },
  },
  hold: {
    takes: ['rate'],
    plan: ({ rate }) => {
      const rowsPerSecond = rateFrom(rate);
      return (context) => holdStep(context, rowsPerSecond);
    },
  },
  resume: {
    takes: ['old-table', 'despite-unreadable', 'everything'],
    plan: (values) => (context) =>
      resumeStage(context, {
        everything: values.everything,
        oldTable: values['old-table'],
        despiteUnreadable: values['despite-unreadable'],
      }),
  },
};

/** `npm run restore`: restores a stage to an earlier point in time without sending anything twice. */
export async function restore(args: string[], context: CommandContext): Promise<number> {
  const { values, words } = readArguments(USAGE, args, {
    stage: { type: 'string' },
    to: { type: 'string' },
    rate: { type: 'string' },
    'old-table': { type: 'boolean', default: false },
    'despite-unreadable': { type: 'boolean', default: false },
    everything: { type: 'boolean', default: false },
  });
  const chosen = chosenStage(values.stage, context);
  const [name = '', ...others] = words;
  const step = Object.hasOwn(steps, name) && others.length === 0 ? steps[name] : undefined;
  if (!step) throw new Refused(USAGE);
  refuseUnusedOptions(step, name, values);
  const run = step.plan(values);
  return (await run(await openRestoreContext(chosen, context))) === false ? 1 : 0;
}

function refuseUnusedOptions(
  { takes }: Step,
  name: string,
  values: Record<string, string | boolean | undefined>,
): void {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== false);
  const unused = given
    .map(([option]) => option)
    .filter((option) => option !== 'stage' && !takes.includes(option as keyof Values));
  if (unused.length > 0) throw new Refused(...unused.map((option) => `${name} does not accept --${option}.`));
}

function rateFrom(text: string | undefined): number {
  const rate = text === undefined ? RATE : Number(text);
  if (Number.isSafeInteger(rate) && rate > 0) return rate;
  throw new Refused(`--rate "${text}" is not a positive whole number of rows per second.`);
}

if (import.meta.main) await runCommand(restore);
