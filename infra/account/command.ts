import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { StageSettings } from '../settings.ts';
import { InvalidStage, isLocal, settingsOf } from '../stages.ts';
import type { ClientConfig } from './clients.ts';
import { describeError, isFailedCall, nextAfter } from './failed-calls.ts';
import { Refused } from './refused.ts';

/** What a command gets from the process that runs it. Tests pass their own. */
export type CommandContext = {
  /** Prints a line to the terminal. */
  print(line: string): void;
  environment: Record<string, string | undefined>;
  /** How to reach AWS. If empty, the environment decides. */
  client: ClientConfig;
  /** Folder in which the outputs of stages are stored. */
  folder: string;
  /** Returns the settings of a stage by its name. */
  settingsOf(stage: string | undefined): StageSettings;
  /** Pause between two checks of a slow operation. */
  pollMs: number;
};

/** A command of `npm run`. It takes its arguments and returns its exit code. */
export type Command = (args: string[], context: CommandContext) => Promise<number>;

/** Runs a command as this process: prints the reasons of a refusal, and sets the exit code. */
export async function runCommand(command: Command): Promise<void> {
  try {
    process.exitCode = await command(process.argv.slice(2), {
      print: (line) => void process.stdout.write(`${line}\n`),
      environment: process.env,
      client: {},
      folder: '.counterfoil',
      settingsOf,
      pollMs: 5000,
    });
  } catch (error) {
    process.exitCode = 1;
    for (const line of errorLines(error)) process.stderr.write(`${line}\n`);
  }
}

/** The lines to print for an error: our own sentences, AWS’s message, or the stack if the fault is in our code. */
export function errorLines(error: unknown): string[] {
  if (error instanceof Refused || error instanceof InvalidStage) return error.faults;
  if (isFailedCall(error)) return [`AWS: ${describeError(error)}`, `Nothing else was tried. ${nextAfter(error)}`];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

type Options = NonNullable<ParseArgsConfig['options']>;
/** The values of the options, as strictly typed as `parseArgs` returns them. */
type Values<Named extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Named; allowPositionals: true; strict: true }>
>['values'];

/**
 * Reads a command line.
 * @throws Refused with the usage for an unknown option.
 */
export function readArguments<const Named extends Options>(
  usage: string,
  args: string[],
  options: Named,
): { values: Values<Named>; words: string[] } {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
    return { values, words: positionals };
  } catch (error) {
    throw new Refused(`${(error as Error).message.split('. ')[0]}.`, usage);
  }
}

/** Options that were given and that a verb of the command does not accept, one sentence for each. */
export function unusedOptions(verb: string, takes: readonly string[], options: Record<string, unknown>): string[] {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== false);
  const unused = given.map(([name]) => name).filter((name) => name !== 'stage' && !takes.includes(name));
  return unused.map((name) => `${verb} does not accept --${name}.`);
}

/** The command that prepares the account and region of a stage for the CDK. */
export const bootstrapCommand = (stage: string): string => `npm run bootstrap -- --stage ${stage}`;

export type ChosenStage = { stage: string; settings: StageSettings };

/**
 * Returns the named stage, for commands that run in an account.
 * @throws InvalidStage, or Refused for the stage that only runs on one machine.
 */
export function chosenStage(stage: string | undefined, { settingsOf: look }: CommandContext): ChosenStage {
  const settings = look(stage);
  if (isLocal(stage)) throw new Refused(`Stage "${stage}" only runs on this machine (npm start). Name another stage.`);
  // The name is defined: `look` refuses a missing name.
  return { stage: stage as string, settings };
}
