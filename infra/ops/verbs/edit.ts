import { readFileSync } from 'node:fs';
import type { AuditEntryView, DeadLetterView } from '#shared/dead-letter/responses.ts';
import { EXIT, OpsFailure } from '../exit-codes.ts';
import { confirm, show } from '../session.ts';
import { type Verb, verbCommand } from '../verb.ts';
import { formatDeadLetter } from './show.ts';

/** Replaces the message of a dead letter by an edited one. Nothing is sent. */
export const edit: Verb = (run) =>
  verbCommand(
    'edit',
    'Replace the message of a dead letter by an edited one',
    'edit gct2tufcpnxv4zeall7tmeldwd --message message.json --reason "A release left the total out."',
  )
    .argument('<id>', 'id of the dead letter')
    .requiredOption('--message <file>', 'the whole message with other data, in JSON; "show --json" prints the original')
    .requiredOption('--reason <text>', 'why; no personal data')
    .action((id, { message: file, reason }) =>
      run.change(async (session) => {
        const message = messageIn(file);
        const path = `/dead-letters/${encodeURIComponent(id)}`;
        const letter = await session.api.get<DeadLetterView>(path);
        const shown = formatDeadLetter(letter, session.now(), session.terminal.width);
        const plan = `${shown}\n\nIt will be closed. The message in ${file} replaces its message, and is not sent yet.`;
        await confirm(session, { plan, typed: `edit ${id}` });
        const entry = await session.api.send<AuditEntryView>({ path: `${path}/edit`, body: { message, reason } });
        return show(
          session,
          entry,
          () =>
            `Dead letter ${id} is closed. Its edited message is dead letter ${entry.editedTo}. Audit entry ${entry.auditId}.\n` +
            `Nothing was sent. To send it: npm run ops -- plan --ids ${entry.editedTo}`,
        );
      }),
    );

/** @throws OpsFailure that does not quote the file. */
function messageIn(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new OpsFailure(EXIT.usage, `The file ${file} cannot be read (${code}). Nothing was sent.`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text.
    throw new OpsFailure(EXIT.usage, `The file ${file} is not JSON. Nothing was sent.`);
  }
}
