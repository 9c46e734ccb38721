import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Refused } from '../refused.ts';
import {
  ID_FIELDS,
  inOrder,
  isRequestId,
  type LogLine,
  lineIn,
  type Period,
  type RequestLogs,
} from './request-logs.ts';

/** The log files of the local cloud: one for each function. */
export const localLogs = (folder: string): RequestLogs => ({
  async linesOf(id, period) {
    if (!isRequestId(id)) throw new Refused(`"${id}" is no correlation id and no trace id.`);
    const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.log'));
    if (files.length === 0) throw new Refused(`${folder} has no logs, so no local cloud ran here.`);
    const found = await Promise.all(files.map((file) => linesIn(join(folder, file), id, period)));
    return inOrder(found.flat());
  },
});

async function linesIn(file: string, id: string, { from, to }: Period): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const quoted = JSON.stringify(id);
  for await (const text of createInterface({ input: createReadStream(file) })) {
    // Most lines are about something else, so they are not parsed.
    const line = text.includes(quoted) ? lineIn(text) : undefined;
    if (!line || !ID_FIELDS.some((name) => line.fields[name] === id)) continue;
    const at = Date.parse(line.at);
    if (at >= from && at <= to) lines.push(line);
  }
  return lines;
}
