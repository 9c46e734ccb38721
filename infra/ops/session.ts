import type { RequestLogs } from '../account/logs/request-logs.ts';
import type { Api } from './api.ts';
import { EXIT, type ExitCode, OpsFailure } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** What a verb works with. */
export type Session = {
  stage: string;
  url: string;
  api: Api;
  terminal: Terminal;
  /** Print the answer of the API instead of a table. */
  isJson: boolean;
  /** Opens the logs of the stage. @throws Refused if the stage does not let operators read them. */
  openLogs(): Promise<RequestLogs>;
  /** The confirmation that was given on the command line. */
  confirmation?: string | undefined;
  /** Epoch milliseconds. */
  now(): number;
  /** Between two looks at something that changes, in milliseconds. */
  lookMs: number;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
};

/** Prints an answer, as a text for people or as JSON for programs. */
export async function show({ terminal, isJson }: Session, answer: unknown, text: () => string): Promise<ExitCode> {
  await terminal.print(isJson ? JSON.stringify(answer, null, 2) : text());
  return EXIT.done;
}

/** What will be done, for the person who has to confirm it. */
export type Intention = {
  /** What the stage would do. */
  plan: string;
  /** What has to be typed. It names the thing or the number, so that it is never typed by habit. */
  typed: string;
};

/**
 * Shows what will be done, and waits until it is confirmed. A script gives the same words with `--confirm`: they contain
 * the number or the id, so they confirm this plan and no other.
 * @throws OpsFailure if other words are typed, or none. Nothing was sent.
 */
export async function confirm(
  { terminal, stage, url, confirmation, isJson }: Session,
  intention: Intention,
): Promise<void> {
  const { plan, typed } = intention;
  const shown = `${plan}\n\nStage ${stage}, ${url}`;
  if (isJson) terminal.remark(shown);
  else await terminal.print(shown);
  const answer = confirmation ?? (await terminal.ask(`Type "${typed}" to do it: `));
  if (answer?.trim() === typed) return;
  const why =
    answer === undefined
      ? `No one can type here. Run it in a terminal, or add --confirm "${typed}".`
      : `"${answer.trim()}" is not "${typed}".`;
  throw new OpsFailure(EXIT.notConfirmed, `${why} Nothing was changed.`);
}
