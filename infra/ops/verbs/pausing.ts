import type { SubscriberView } from '#shared/lane/responses.ts';
import type { AuditEntryView } from '../audit-entry.ts';
import { EXIT, OpsFailure } from '../exit-codes.ts';
import { confirm, type Session, show } from '../session.ts';
import { type Verb, verbCommand } from '../verb.ts';

const pathOf = (subscriber: string, action: string): string =>
  `/subscribers/${encodeURIComponent(subscriber)}/${action}`;

/** Pauses a subscriber: its messages wait in its queue. No confirmation, because it has to be quick. */
export const pause: Verb = (run) =>
  verbCommand(
    'pause',
    'Pause a subscriber: its messages wait in its queue',
    'pause send-email --reason "The provider asked us to stop." --owner "mail team"',
  )
    .argument('<subscriber>', 'the name of its function')
    .requiredOption('--reason <text>', 'why; no personal data')
    .option('--owner <owner>', 'who ends the pause')
    .action((name, { reason, owner }) =>
      run.change(async (session) => {
        const entry = await session.api.send<AuditEntryView>({ path: pathOf(name, 'pause'), body: { reason, owner } });
        return show(
          session,
          entry,
          () => `${name} will be paused within two minutes. npm run ops -- paused shows when.`,
        );
      }),
    );

/** Resumes a subscriber. It handles what has waited, so it is confirmed. */
export const resume: Verb = (run) =>
  verbCommand('resume', 'Resume a paused subscriber', 'resume send-email --reason "The provider is back."')
    .argument('<subscriber>', 'the name of its function')
    .option('--reason <text>', 'why; no personal data')
    .action((name, { reason }) =>
      run.change(async (session) => {
        const { waiting, state } = await subscriberNamed(session, name);
        const plan = `${name} is ${state}. It will handle ${waiting ?? 'the'} messages that wait, at its usual rate.`;
        await confirm(session, { plan, typed: `resume ${name}` });
        const entry = await session.api.send<AuditEntryView>({ path: pathOf(name, 'resume'), body: { reason } });
        return show(session, entry, () => `${name} will be resumed within two minutes.`);
      }),
    );

async function subscriberNamed({ api }: Session, name: string): Promise<SubscriberView> {
  const { subscribers } = await api.get<{ subscribers: SubscriberView[] }>('/subscribers');
  const found = subscribers.find(({ subscriber }) => subscriber === name);
  if (found) return found;
  throw new OpsFailure(EXIT.refused, `There is no subscriber ${name}. npm run ops -- subscribers lists them.`);
}
