import type { AuditEntryView, DeadLetterView } from '#shared/dead-letter/responses.ts';
import { letterId } from '../ids.ts';
import { confirm, show } from '../session.ts';
import { type Verb, verbCommand } from '../verb.ts';
import { formatDeadLetter } from './show.ts';

/** Closes a dead letter that needs nothing more. */
export const discard: Verb = (run) =>
  verbCommand(
    'discard',
    'Close a dead letter that needs nothing more',
    'discard gct2tufcpnxv4zeall7tmeldwd --reason "The script was stopped."',
  )
    .argument('<id>', 'id of the dead letter', letterId)
    .requiredOption('--reason <text>', 'why nothing has to be done; no personal data')
    .action((id, { reason }) =>
      run.change(async (session) => {
        const path = `/dead-letters/${encodeURIComponent(id)}`;
        const letter = await session.api.get<DeadLetterView>(path);
        const plan = `${formatDeadLetter(letter, session.now(), session.terminal.width)}\n\nIt will be closed and never be handled.`;
        await confirm(session, { plan, typed: `discard ${id}` });
        const entry = await session.api.send<AuditEntryView>({ path: `${path}/discard`, body: { reason } });
        return show(session, entry, () => `Dead letter ${id} is discarded. Audit entry ${entry.auditId}.`);
      }),
    );
