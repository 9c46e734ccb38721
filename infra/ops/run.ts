import type { RequestLogs } from '../account/logs/request-logs.ts';
import { Refused } from '../account/refused.ts';
import { InvalidStage } from '../stages.ts';
import { type Api, openApi } from './api.ts';
import { connectionTo, type LogsPlace } from './connection.ts';
import { EXIT, type ExitCode, OpsFailure } from './exit-codes.ts';
import { exitCodeOfParser, type GlobalOptions, opsProgram } from './program.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';
import type { Runner, Work } from './verb.ts';

/** What the command gets from its process. */
export type OpsContext = {
  environment: Record<string, string | undefined>;
  terminal: Terminal;
  /** The whole of standard input. */
  readStandardInput(): Promise<string>;
  /** Opens the logs of a stage. @throws Refused */
  openLogs(stage: string, place: LogsPlace): Promise<RequestLogs>;
  /** Epoch milliseconds. */
  now(): number;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Before a request is repeated, and between two looks at something that changes, in milliseconds. */
  pauseMs: number;
};

/** Help is not wider than a page, in characters. */
const HELP_WIDTH = 110;

/** What happened so far. It is reported if the output is closed. */
type Progress = { exitCode: ExitCode; isChanging: boolean; hasSent: boolean };

/** Runs a command line. @returns the exit code. */
export async function runOps(args: string[], context: OpsContext): Promise<number> {
  const progress: Progress = { exitCode: EXIT.done, isChanging: false, hasSent: false };
  const output: string[] = [];
  const program = opsProgram((options) => runnerOf(options, context, progress), {
    out: (text) => void output.push(text),
    err: (text) => context.terminal.remark(text.trimEnd()),
    width: Math.min(context.terminal.width, HELP_WIDTH),
  });
  try {
    await parse(program, args, output, context);
    return progress.exitCode;
  } catch (error) {
    return exitCodeOf(error, progress, context.terminal);
  }
}

/** Help is printed like any other output, so that a closed pipe is noticed. */
async function parse(
  program: ReturnType<typeof opsProgram>,
  args: string[],
  output: string[],
  { terminal }: OpsContext,
) {
  try {
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync(args, { from: 'user' });
  } finally {
    if (output.length > 0) await terminal.print(output.join('').trimEnd());
  }
}

function runnerOf(options: () => GlobalOptions, context: OpsContext, progress: Progress): Runner {
  const run = async (work: Work): Promise<void> => {
    const session = await sessionOf(options(), context, progress);
    progress.exitCode = await work(session);
  };
  return {
    read: run,
    change: (work) => {
      if (options().readOnly)
        throw new OpsFailure(
          EXIT.notConfirmed,
          'This verb changes something, and --read-only forbids it. Nothing was changed.',
        );
      progress.isChanging = true;
      return run(work);
    },
  };
}

async function sessionOf(options: GlobalOptions, context: OpsContext, progress: Progress): Promise<Session> {
  const { environment, terminal, now, signal, pauseMs } = context;
  const token = options.tokenStdin ? (await context.readStandardInput()).trim() : environment.TOKEN;
  const { stage, url, token: used, logs } = connectionTo({ ...options, environment, token });
  const api = openApi({ url, token: used, pauseMs, signal, ...(options.key !== undefined && { key: options.key }) });
  return {
    ...{ stage, url, terminal, now, signal, lookMs: pauseMs },
    api: recordingSends(api, progress),
    openLogs: async () => {
      if (logs === undefined)
        throw new Refused('The logs of an address are not known. Name the stage instead of --url.');
      return context.openLogs(stage, logs);
    },
    isJson: options.json ?? false,
    confirmation: options.confirm,
  };
}

const recordingSends = (api: Api, progress: Progress): Api => ({
  ...api,
  send: async <Answer>(command: Parameters<Api['send']>[0]): Promise<Answer> => {
    const answer = await api.send<Answer>(command);
    progress.hasSent = true;
    return answer;
  },
});

/** Reports why the command could not go on. */
function exitCodeOf(error: unknown, progress: Progress, { remark }: Terminal): number {
  const ofParser = exitCodeOfParser(error);
  if (ofParser !== undefined) return ofParser;
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return closedPipe(progress, remark);
  const { exitCode, sentences } = reasonsOf(error);
  for (const sentence of sentences) remark(sentence);
  return exitCode;
}

/** A reader that has seen enough is no fault. After a verb that changes something, it must be clear whether it did. */
function closedPipe({ isChanging, hasSent }: Progress, remark: Terminal['remark']): number {
  const when = hasSent ? 'after the command was executed.' : 'before the command was sent. Nothing was changed.';
  if (isChanging) remark(`The output was closed ${when}`);
  return EXIT.closedPipe;
}

function reasonsOf(error: unknown): { exitCode: number; sentences: readonly string[] } {
  if (error instanceof OpsFailure) return error;
  if (error instanceof InvalidStage || error instanceof Refused)
    return { exitCode: EXIT.usage, sentences: error.faults };
  return {
    exitCode: EXIT.defect,
    sentences: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  };
}
