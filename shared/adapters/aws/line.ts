/**
 * One JSON object as one line of standard output, which Lambda takes as it is for a record of the log;
 * `console` would wrap it in another one.
 */
export function printLine(fields: object): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}
