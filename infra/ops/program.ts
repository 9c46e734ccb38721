import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError } from '@commander-js/extra-typings';
import type { Command as UntypedCommand } from 'commander';
import { EXIT, OpsFailure } from './exit-codes.ts';
import type { Runner } from './verb.ts';
import { VERBS } from './verbs/index.ts';

const EXIT_HELP = `
Exit codes:
    0  done
    1  a fault in this program
    2  the command line is wrong; nothing was sent
    3  no token, or the stage refuses it
    4  the stage cannot be reached
    5  the stage answered that it does not do it
    6  not confirmed, or --read-only; nothing was changed
    7  a watched redrive stopped, or members failed again
  130  Ctrl-C
  141  the reader of the output ended first

The token of a deployed stage is read from the environment variable TOKEN, or with --token-stdin.`;

/** The options before or after every verb. */
function optionsOf() {
  return new Command('ops')
    .description('Operate a stage: see what is stuck and why, see what a retry would do, and retry it.')
    .usage('[options] <verb>          (npm run ops -- [options] <verb>)')
    .option('--stage <name>', 'the stage', 'local')
    .option('--url <address>', 'address of its API, if it is not in the outputs of the stage')
    .option('--as <tenant>', 'whose stored token is used', 'operator')
    .option('--token-stdin', 'read the token from standard input')
    .option('--json', 'print the answer of the API')
    .option('--read-only', 'refuse every verb that changes something')
    .option('--confirm <words>', 'the words that a plan asks for, for scripts')
    .option('--key <key>', 'Idempotency-Key, to repeat a command whose answer was lost', keyOf)
    .addHelpText('after', EXIT_HELP);
}

/** A key that HTTP cannot send would look like a stage that cannot be reached. */
function keyOf(text: string): string {
  if (/^[\x20-\x7e]{1,128}$/.test(text)) return text;
  throw new OpsFailure(EXIT.usage, `--key "${text}" is not 1 to 128 printable ASCII characters. Nothing was sent.`);
}

export type GlobalOptions = ReturnType<ReturnType<typeof optionsOf>['opts']>;

/**
 * The command line. @param runnerOf gets what reads the options, once they are parsed.
 */
export function opsProgram(runnerOf: (options: () => GlobalOptions) => Runner, print: Print): Command {
  const program = optionsOf();
  const runner = runnerOf(() => program.opts());
  for (const verb of VERBS) program.addCommand(verb(runner));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: print.out,
      writeErr: print.err,
      getOutHelpWidth: () => print.width,
      getErrHelpWidth: () => print.width,
    });
    command
      .helpOption('-h, --help', 'show the help')
      .showHelpAfterError(`Help: npm run ops -- ${nameOf(command)}--help`);
  }
  // The two typings of commander describe one class, and differ in the types of options only.
  tab(program as unknown as UntypedCommand);
  return program;
}

type Print = { out(text: string): void; err(text: string): void /** Characters of a line. */; width: number };

const nameOf = (command: { name(): string }): string => (command.name() === 'ops' ? '' : `${command.name()} `);

/** Exit code of an error of the parser; undefined: it is another error. Help is not an error. */
export function exitCodeOfParser(error: unknown): number | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  return error.exitCode === 0 ? EXIT.done : EXIT.usage;
}
