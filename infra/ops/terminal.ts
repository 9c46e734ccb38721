/** Where the command reads and prints. Tests pass their own. */
export type Terminal = {
  /** Prints lines to standard output. Resolves when they are written, rejects if the reader is gone. */
  print(text: string): Promise<void>;
  /** Prints a remark to standard error, where it disturbs no program that reads the output. */
  remark(text: string): void;
  /** Characters of a line; `Infinity` if the output is not a terminal. */
  width: number;
  /** Whether a person reads the output. */
  isTerminal: boolean;
  /** Asks for a line; undefined if standard input is not a terminal, or ends. */
  ask(question: string): Promise<string | undefined>;
  /** Replaces what it showed before. */
  redraw(text: string): void;
  /** Keeps what is shown. */
  keep(): void;
};
