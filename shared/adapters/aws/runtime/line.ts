/**
 * Prints one JSON object as one line of standard output. Lambda writes that line to the log unchanged, but it would
 * wrap a line from `console` in another JSON object.
 */
export function printLine(fields: object): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}
