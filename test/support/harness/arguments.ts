/** What is wrong with numbers that a command was given, one line for each. */
export function numberFaults(given: Record<string, unknown>): string[] {
  return Object.entries(given)
    .filter(([, value]) => !/^[1-9]\d*$/.test(String(value)))
    .map(([name, value]) => `--${name} must be a whole number above 0, not "${value}".`);
}

/** What is wrong with names of options that a command does not have. */
export function nameFaults(given: Record<string, unknown>, valid: readonly string[]): string[] {
  const names = valid.map((name) => `--${name}`).join(', ');
  return Object.keys(given).map((name) => `--${name} is unknown; valid: ${names}.`);
}

/** Ends the command with status 1 if there is something wrong with its arguments. */
export function endWith(faults: readonly string[]): void {
  if (faults.length === 0) return;
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(1);
}
