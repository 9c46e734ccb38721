import { EXIT } from './exit-codes.ts';
import { processTerminal, readStandardInput } from './process-terminal.ts';
import { runOps } from './run.ts';

/** `npm run ops -- <verb>`: see docs/how-to/operate.md. */

const interrupted = new AbortController();
// The listener stays: log-update's own listener ends the process if it is the only one. The second Ctrl-C ends it at once.
process.on('SIGINT', () => {
  if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
  interrupted.abort();
});

process.exitCode = await runOps(process.argv.slice(2), {
  environment: process.env,
  terminal: processTerminal(),
  readStandardInput,
  // Loading the client of the logs takes longer than most verbs.
  openLogs: async (...asked) => (await import('../account/logs/logs-of-stage.ts')).logsOfStage(...asked),
  now: Date.now,
  signal: interrupted.signal,
  pauseMs: 1000,
});
