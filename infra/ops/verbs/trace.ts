import type { TimelineEntry } from '#shared/timeline/responses.ts';
import { type LogLine, subjectsOf } from '../../account/logs/request-logs.ts';
import { Refused } from '../../account/refused.ts';
import { EXIT, OpsFailure } from '../exit-codes.ts';
import { numberOf } from '../numbers.ts';
import { readPages } from '../pages.ts';
import { type Session, show } from '../session.ts';
import { counted } from '../text.ts';
import { formatTrace, traceRows } from '../trace-rows.ts';
import { type Verb, verbCommand } from '../verb.ts';

/** What happened to an order, a message or a request: the timeline, and the lines of the logs. */
export const trace: Verb = (run) =>
  verbCommand(
    'trace',
    'Show what happened to an order, a notification or a request, with the lines of the logs',
    'trace 5is3epjtfdpqmrpw7qi43cz6bz --as acme',
    'trace order_5is3epjtfdpqmrpw7qi43cz6bz_1-1 --as acme',
    'trace 4bf92f3577b34da6a3ce929d0e0e4736 --as acme --hours 2',
  )
    .argument('<id>', 'id of an order or a notification, or a correlation id')
    .option('--hours <count>', 'how far back logs are read for a correlation id', numberOf('--hours'), 24)
    .option('--no-logs', 'only the timeline')
    .action((id, { hours, logs }) =>
      run.read(async (session) => {
        const found = await traceOf(session, id, { hours, isWithLogs: logs });
        const { entries, lines } = found;
        if (entries.length + lines.length === 0) {
          throw new OpsFailure(
            EXIT.refused,
            `Nothing is known about ${id}. An order needs a token of its tenant: --as <tenant>.`,
          );
        }
        return show(session, found, () => {
          const summary = `${counted(entries.length, 'entry', 'entries')} of timelines, ${counted(lines.length, 'line')} of logs.`;
          return `${formatTrace(traceRows(entries, lines), session.terminal.width)}\n${summary}`;
        });
      }),
    );

type Traced = { entries: TimelineEntry[]; lines: LogLine[] };
type Asked = { hours: number; isWithLogs: boolean };

/** An order is found by its id. A correlation id is found in the logs, which name the order. */
async function traceOf(session: Session, id: string, asked: Asked): Promise<Traced> {
  const path = timelinePath(id);
  if (path === undefined) return traceOfRequest(session, id, asked);
  const entries = await timelineOf(session, path);
  if (!asked.isWithLogs) return { entries, lines: [] };
  const from = Math.min(session.now(), ...entries.map(({ at }) => Date.parse(at))) - MARGIN_MS;
  const ids = new Set(entries.flatMap(({ correlationId }) => correlationId ?? []));
  return { entries, lines: await linesAbout(session, [...ids].slice(0, MOST_IDS), from) };
}

async function traceOfRequest(session: Session, id: string, { hours, isWithLogs }: Asked): Promise<Traced> {
  const lines = isWithLogs ? await linesAbout(session, [id], session.now() - hours * 3_600_000) : [];
  const paths = subjectsOf(lines).flatMap((subject) => pathOfSubject(subject) ?? []);
  const timelines = await Promise.all(
    [...new Set(paths)].map((path) => timelineOf(session, path).catch(hiddenTimeline)),
  );
  return { entries: timelines.flat().filter(({ correlationId }) => correlationId === id), lines };
}

/** Clocks of functions differ, and a request is logged before its order is stored. */
const MARGIN_MS = 60_000;
/** Requests about one order whose logs are read. */
const MOST_IDS = 20;

/** The timeline of an order or a customer; undefined: it is another id. */
function timelinePath(id: string): string | undefined {
  if (/^[a-z2-7]{26}$/.test(id)) return `/orders/${id}/timeline`;
  const [, type, about] = /^([a-z]+)_(.+)_\d+-\d+$/.exec(id) ?? [];
  return type === undefined || about === undefined ? undefined : pathOfSubject(`${type}/${about}`);
}

function pathOfSubject(subject: string): string | undefined {
  const [type, about = ''] = subject.split('/');
  if (type === 'notification') return timelinePath(about);
  if (type === 'order') return `/orders/${encodeURIComponent(about)}/timeline`;
  return type === 'greeting' || type === 'customer' ? `/customers/${encodeURIComponent(about)}/timeline` : undefined;
}

async function timelineOf({ api }: Session, path: string): Promise<TimelineEntry[]> {
  const { entries } = await readPages<'entries', TimelineEntry>(api, {
    ...{ path, name: 'entries', query: {}, limit: 10_000 },
  });
  return entries;
}

/** A timeline of another tenant is left out: the logs are of the whole stage. */
function hiddenTimeline(error: unknown): TimelineEntry[] {
  if (error instanceof OpsFailure && error.exitCode === EXIT.refused) return [];
  throw error;
}

/** Lines of the logs. A stage that does not allow it is no reason to hide the timeline. */
async function linesAbout(session: Session, ids: readonly string[], from: number): Promise<LogLine[]> {
  try {
    const logs = await session.openLogs();
    const found = await Promise.all(ids.map((id) => logs.linesOf(id, { from, to: session.now() + MARGIN_MS })));
    if (found.some(({ isComplete }) => !isComplete)) session.terminal.remark('There are more lines than are shown.');
    return found.flatMap(({ lines }) => lines);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    for (const fault of error.faults) session.terminal.remark(fault);
    return [];
  }
}
