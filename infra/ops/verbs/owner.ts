import type { AuditEntryView } from '#shared/dead-letter/responses.ts';
import { EXIT, OpsFailure } from '../exit-codes.ts';
import { groupId } from '../ids.ts';
import { show } from '../session.ts';
import { type Verb, verbCommand } from '../verb.ts';

/** Sets who takes care of a group, and what is known about its cause. */
export const owner: Verb = (run) =>
  verbCommand(
    'owner',
    'Set the owner and the note of a group; both survive a redrive',
    'owner pfzh2rl3v6xwtmhsdti55caegb "mail team" --note "A release of the shop sends the old format."',
    'owner pfzh2rl3v6xwtmhsdti55caegb --none',
  )
    .argument('<fingerprint>', 'the group', groupId)
    .argument('[owner]', 'the team or person')
    .option('--note <text>', 'what is known about the cause; no personal data')
    .option('--none', 'remove the owner')
    .action((fingerprint, name, { note, none }) =>
      run.change(async (session) => {
        if (none && name !== undefined) throw new OpsFailure(EXIT.usage, 'Give an owner or --none, not both.');
        const body = {
          ...(none ? { owner: null } : name !== undefined && { owner: name }),
          ...(note !== undefined && { note: note === '' ? null : note }),
        };
        const path = `/dead-letters/groups/${encodeURIComponent(fingerprint)}`;
        const entry = await session.api.send<AuditEntryView>({ method: 'PATCH', path, body });
        return show(session, entry, () => `Group ${fingerprint} is changed. Audit entry ${entry.auditId}.`);
      }),
    );
