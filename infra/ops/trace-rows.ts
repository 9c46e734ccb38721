import type { TimelineEntry } from '#shared/timeline/responses.ts';
import type { LogLine } from '../account/logs/request-logs.ts';
import { type Column, formatTable } from './table.ts';

/** Something that happened, from the timeline or from a log. */
export type TraceRow = {
  /** ISO 8601. */
  at: string;
  /** `timeline`, or the function that logged it. */
  where: string;
  what: string;
  /** Ids and codes. */
  about: string;
};

/** Timeline and log lines together, by time. At the same time, what was stored comes first. */
export function traceRows(entries: readonly TimelineEntry[], lines: readonly LogLine[]): TraceRow[] {
  const rows = [...entries.map(rowOfEntry), ...lines.map(rowOfLine)];
  return rows.toSorted((one, other) => one.at.localeCompare(other.at));
}

function rowOfEntry({ at, kind, type, ...entry }: TimelineEntry): TraceRow {
  const { notificationId, channel, purpose, attempt, process, status, accepted, code, actor } = entry;
  const tried = attempt === undefined ? undefined : `attempt ${attempt}`;
  const refused = accepted === false ? 'refused' : undefined;
  const about = [notificationId, channel, purpose, tried, process, status, refused, code, actor];
  return { at, where: 'timeline', what: `${kind} ${type}`, about: about.filter(Boolean).join(' ') };
}

/** Fields of every line that say nothing about this one. */
const COMMON: readonly string[] = [
  ...['correlation_id', 'trace_id', 'span_id', 'parent_span_id', 'xray_trace_id', 'cold_start'],
  ...['function_request_id', 'function_arn', 'function_memory_size', 'function_name', 'tenant'],
];

function rowOfLine({ at, function: where, level, message, fields }: LogLine): TraceRow {
  const about = Object.entries(fields)
    .filter(([name, value]) => !COMMON.includes(name) && ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => `${name}=${value}`);
  return { at, where, what: level === 'INFO' ? message : `${level} ${message}`, about: about.join(' ') };
}

/** @param width of the terminal. */
export const formatTrace = (rows: readonly TraceRow[], width: number): string => formatTable(COLUMNS, rows, width);

const COLUMNS: Column<TraceRow>[] = [
  { title: 'WHEN', value: ({ at }) => at, isWhole: true },
  { title: 'WHERE', value: ({ where }) => where },
  { title: 'WHAT', value: ({ what }) => what },
  { title: 'ABOUT', value: ({ about }) => about },
];
