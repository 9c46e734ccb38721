/** A line of a function's log. It contains ids and figures only. */
export type LogLine = {
  /** ISO 8601. */
  at: string;
  function: string;
  level: string;
  message: string;
  /** The other fields, as they are in the line. */
  fields: Readonly<Record<string, unknown>>;
};

/** Epoch milliseconds. */
export type Period = { from: number; to: number };

/** The logs of a stage's functions. */
export type RequestLogs = {
  /**
   * The lines with this correlation id or trace id, oldest first.
   * @throws Refused if the id cannot be one, or the logs cannot be read.
   */
  linesOf(id: string, period: Period): Promise<LinesFound>;
};

/** `isComplete`: no line is missing because there were too many. */
export type LinesFound = { lines: LogLine[]; isComplete: boolean };

/** More lines of one id are not returned. An order has about fifty. */
export const MOST_LINES = 1000;

/** The characters of correlation ids. None of them ends a text of a query. */
const ID = /^[A-Za-z0-9._~:/+=-]{1,128}$/;

export const isRequestId = (id: string): boolean => ID.test(id);

/** The names of the two ids in a line. */
export const ID_FIELDS = ['correlation_id', 'trace_id'] as const;

/** Reads one line. @returns undefined for a metric, and for what is not a line of ours. */
export function lineIn(text: string): LogLine | undefined {
  const { level, message, timestamp, service, ...fields } = fieldsIn(text);
  const isOurs =
    [level, message, timestamp, service].every((field) => typeof field === 'string') && !('_aws' in fields);
  if (!isOurs) return undefined;
  return { at: `${timestamp}`, function: `${service}`, level: `${level}`, message: `${message}`, fields };
}

function fieldsIn(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    // The platform writes some lines itself.
    return {};
  }
}

/** Oldest first, and not more than `MOST_LINES`. */
export function inOrder(lines: readonly LogLine[]): LinesFound {
  const sorted = lines.toSorted((one, other) => one.at.localeCompare(other.at));
  return { lines: sorted.slice(0, MOST_LINES), isComplete: sorted.length <= MOST_LINES };
}

/**
 * What the lines are about, each once: `order/<id>`, `notification/<id>`. The timeline of an order or a notification is
 * found by it, so no index of correlation ids is needed.
 */
export function subjectsOf(lines: readonly LogLine[]): string[] {
  const named = lines.flatMap(({ fields: { subject, notificationId } }) => [
    ...(typeof subject === 'string' ? [subject] : []),
    ...(typeof notificationId === 'string' ? [`notification/${notificationId}`] : []),
  ]);
  return [...new Set(named)];
}
