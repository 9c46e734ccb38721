import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import logUpdate from 'log-update';
import { EXIT, OpsFailure } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin } = process;
  // The callback of each write reports a closed pipe. Without a listener, the event would end the process with a stack.
  stdout.on('error', () => undefined);
  stderr.on('error', () => undefined);
  return {
    print: (lines) =>
      new Promise((resolve, reject) => {
        stdout.write(`${lines}\n`, (error) => (error ? reject(error) : resolve()));
      }),
    remark: (line) => void stderr.write(`${line}\n`),
    width: stdout.isTTY ? stdout.columns || 80 : widthFrom(process.env.COLUMNS),
    isTerminal: stdout.isTTY,
    ask: async (question) => {
      if (!stdin.isTTY) return undefined;
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(question);
      } catch (error) {
        if (error instanceof Error && error.name === 'AbortError') throw notTyped(error);
        throw error;
      } finally {
        lines.close();
      }
    },
    redraw: (lines) => logUpdate(lines),
    keep: () => logUpdate.done(),
  };
}

/** Ctrl-C or Ctrl-D at the question. */
const notTyped = ({ message }: Error): OpsFailure =>
  new OpsFailure(message.endsWith('Ctrl+D') ? EXIT.notConfirmed : EXIT.interrupted, '', 'Nothing was changed.');

/** A program that reads the output may ask for a width. */
const widthFrom = (columns = ''): number => (/^[1-9]\d{1,3}$/.test(columns) ? Number(columns) : Infinity);

/** The whole of standard input. */
export const readStandardInput = (): Promise<string> => text(process.stdin);
