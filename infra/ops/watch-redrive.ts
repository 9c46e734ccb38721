import { setTimeout as pause } from 'node:timers/promises';
import type { RedriveProgressView } from '#shared/redrive/responses.ts';
import { EXIT, type ExitCode, OpsFailure } from './exit-codes.ts';
import { type Sample, withSample } from './progress.ts';
import { endedMembers, formatProgress } from './redrive-view.ts';
import { type Session, show } from './session.ts';
import { type Column, formatTable } from './table.ts';

/**
 * Shows the progress of a redrive until its end. On a terminal it replaces itself, otherwise each change is a line.
 * @returns 0 if each member was resolved or did not have to be sent.
 */
export async function watchRedrive(session: Session, redriveId: string): Promise<ExitCode> {
  let samples: Sample[] = [];
  let shown = '';
  for (;;) {
    const redrive = await lookAt(session, redriveId);
    samples = withSample(samples, { at: session.now(), done: endedMembers(redrive) });
    const text = formatProgress(redrive, samples, session.terminal.width);
    if (!session.isJson) await showProgress(session, text, shown);
    shown = text;
    if (hasEnded(redrive)) return showEnd(session, redrive);
    if (redrive.status === 'planned') {
      throw new OpsFailure(
        EXIT.refused,
        `Redrive ${redriveId} was not started. Start it with npm run ops -- redrive ${redriveId}.`,
      );
    }
    await nextLook(session, redriveId);
  }
}

/** @throws OpsFailure after Ctrl-C. */
async function lookAt(session: Session, redriveId: string): Promise<RedriveProgressView> {
  try {
    return await session.api.get(`/redrives/${encodeURIComponent(redriveId)}`);
  } catch (error) {
    throw session.signal.aborted ? goesOn(session, redriveId) : error;
  }
}

/** What was sent before a stop still ends. */
const hasEnded = ({ status, counts }: RedriveProgressView): boolean =>
  (status === 'done' || status === 'stopped') && counts.sent === 0;

async function showProgress({ terminal }: Session, text: string, before: string): Promise<void> {
  if (terminal.isTerminal) terminal.redraw(text);
  else if (text !== before) await terminal.print(text.split('\n').slice(0, 3).join('  '));
}

async function showEnd(session: Session, redrive: RedriveProgressView): Promise<ExitCode> {
  const { counts, failedAgain, skipped, status } = redrive;
  session.terminal.keep();
  const members = [
    ...failedAgain.map((member) => ({ ...member, result: 'failed again' })),
    ...skipped.map((member) => ({ ...member, result: 'skipped' })),
  ];
  if (session.isJson || members.length > 0) {
    const all = counts.failedAgain + counts.skipped;
    await show(session, redrive, () => formatMembers(members.slice(0, MOST_MEMBERS), all, session.terminal.width));
  }
  const isResolved = status === 'done' && counts.failedAgain === 0 && counts.unknown === 0;
  return isResolved ? EXIT.done : EXIT.unresolved;
}

/** Members that are named at the end. */
const MOST_MEMBERS = 20;

type NotResolved = { deadLetterId: string; result: string; reason: string; detail?: string };

const MEMBER_COLUMNS: Column<NotResolved>[] = [
  { title: 'NOT RESOLVED', value: ({ deadLetterId }) => deadLetterId, isWhole: true },
  { title: 'RESULT', value: ({ result }) => result },
  { title: 'REASON', value: ({ reason }) => reason },
  { title: 'DETAIL', value: ({ detail }) => detail },
];

/** @param all how many there are. @param width of the terminal. */
function formatMembers(members: readonly NotResolved[], all: number, width: number): string {
  const listed = formatTable(MEMBER_COLUMNS, members, width).trimEnd();
  return all > members.length ? `${listed}\n\n${members.length} of ${all} are shown.` : listed;
}

/** @throws OpsFailure after Ctrl-C. */
async function nextLook(session: Session, redriveId: string): Promise<void> {
  const { lookMs, signal } = session;
  // The only error of a pause is that it was aborted. The next line handles that.
  await pause(lookMs, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) throw goesOn(session, redriveId);
}

/** The watching ends, and not the redrive. */
function goesOn({ terminal }: Session, redriveId: string): OpsFailure {
  terminal.keep();
  return new OpsFailure(
    EXIT.interrupted,
    `The redrive goes on. npm run ops -- watch ${redriveId} shows it again, and npm run ops -- stop ${redriveId} stops it.`,
  );
}
