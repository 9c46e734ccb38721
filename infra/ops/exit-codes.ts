/** How the command ends. Scripts depend on these numbers, so they never change their meaning. */
export const EXIT = {
  done: 0,
  /** A fault in this program. */
  defect: 1,
  /** The command line is wrong: an unknown verb, option, stage or value. Nothing was sent. */
  usage: 2,
  /** No token, or the stage refuses it: expired, of another stage, or without the scope. */
  credentials: 3,
  /** The stage cannot be reached, or does not answer in time. */
  unreachable: 4,
  /** The stage answered that it does not do it: no such id, another state, an invalid filter. */
  refused: 5,
  /** The confirmation was not typed, or `--read-only` forbids the verb. Nothing was changed. */
  notConfirmed: 6,
  /** The watched redrive stopped, or some of its members failed again. */
  unresolved: 7,
  /** Ctrl-C: 128 and the number of SIGINT. */
  interrupted: 130,
  /** The reader of the output ended before the output: 128 and the number of SIGPIPE. */
  closedPipe: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command cannot go on. Each sentence says what is wrong and what to do. They are printed without a stack. */
export class OpsFailure extends Error {
  readonly code = 'OPS_FAILURE';
  readonly exitCode: ExitCode;
  readonly sentences: readonly string[];
  constructor(exitCode: ExitCode, ...sentences: string[]) {
    super(sentences.join('\n'));
    this.name = 'OpsFailure';
    this.exitCode = exitCode;
    this.sentences = sentences;
  }
}
