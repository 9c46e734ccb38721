import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ExitCode } from './exit-codes.ts';
import type { Session } from './session.ts';

/** What a verb does with a session. It returns the exit code. */
export type Work = (session: Session) => Promise<ExitCode>;

/** How a verb is run: a verb that changes something is refused with `--read-only`. */
export type Runner = { read(work: Work): Promise<void>; change(work: Work): Promise<void> };

/** A verb, with its arguments, options and help. */
export type Verb = (run: Runner) => CommandUnknownOpts;

/** A command with examples in its help. @param examples without `npm run ops --`. */
export const verbCommand = (name: string, summary: string, ...examples: string[]) =>
  new Command(name)
    .summary(summary)
    .description(`${summary}.`)
    .addHelpText('after', ['', 'Examples:', ...examples.map((one) => `  npm run ops -- ${one}`)].join('\n'));
