import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type LogEntry = { function: string; text: string; json: Record<string, unknown> | undefined };

/** What the local cloud itself says; it is none of the functions. */
const NO_FUNCTION = 'local-cloud';

/** Every line that every function has written so far; the last one of each only if it is whole. */
export function functionLogs(folder: string): LogEntry[] {
  const names = readdirSync(folder)
    .map((file) => file.replace(/\.log$/, ''))
    .filter((name) => name !== NO_FUNCTION);
  return names.flatMap((name) =>
    readFileSync(join(folder, `${name}.log`), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((text) => ({ function: name, text, json: jsonOf(text) })),
  );
}

function jsonOf(text: string): LogEntry['json'] {
  try {
    return JSON.parse(text);
  } catch {
    // The caller decides what a line without JSON means.
    return undefined;
  }
}
