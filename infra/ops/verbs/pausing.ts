import type { AuditEntryView } from '#shared/dead-letter/responses.ts';
import type { SubscriberView } from '#shared/lane/responses.ts';
import type { RedriveView } from '#shared/redrive/responses.ts';
import { EXIT, type ExitCode, OpsFailure } from '../exit-codes.ts';
import { isDerivedId, redriveId, redriveOrSubscriber } from '../ids.ts';
import { confirm, type Session, show } from '../session.ts';
import { counted } from '../text.ts';
import { type Verb, verbCommand } from '../verb.ts';

const pathOf = (kind: 'redrives' | 'subscribers', target: string, action = ''): string =>
  `/${kind}/${encodeURIComponent(target)}${action}`;

/** Pauses a redrive or a subscriber. No confirmation, because it has to be quick. */
export const pause: Verb = (run) =>
  verbCommand(
    'pause',
    'Pause a redrive, or a subscriber: its messages wait in its queue',
    'pause k2c7m4q6v3xw5t2hsdti55cae4 --reason "The provider is slow."',
    'pause send-email --reason "The provider asked us to stop." --owner "mail team"',
  )
    .argument('<target>', 'id of a redrive, or name of a subscriber', redriveOrSubscriber)
    .requiredOption('--reason <text>', 'why; no personal data')
    .option('--owner <owner>', 'of a subscriber: who ends the pause')
    .action((target, { reason, owner }) =>
      run.change(async (session) => {
        if (isDerivedId(target)) {
          ofSubscriberOnly('--owner', owner);
          return changeRedrive(session, target, { action: 'pause', reason });
        }
        const path = pathOf('subscribers', target, '/pause');
        const entry = await session.api.send<AuditEntryView>({ path, body: { reason, owner } });
        const text = `${target} will be paused within two minutes. npm run ops -- paused shows when.`;
        return show(session, entry, () => text);
      }),
    );

/** Stops a redrive: members that were not sent stay open. */
export const stop: Verb = (run) =>
  verbCommand('stop', 'Stop a redrive', 'stop k2c7m4q6v3xw5t2hsdti55cae4 --reason "The cause is not removed."')
    .argument('<redriveId>', 'id of the redrive', redriveId)
    .option('--reason <text>', 'why; no personal data')
    .action((id, { reason }) => run.change((session) => changeRedrive(session, id, { action: 'stop', reason })));

/** Resumes a redrive or a subscriber. Both send what has waited, so it is confirmed. */
export const resume: Verb = (run) =>
  verbCommand(
    'resume',
    'Resume a paused redrive or subscriber',
    'resume k2c7m4q6v3xw5t2hsdti55cae4',
    'resume send-email --reason "The provider is back."',
  )
    .argument('<target>', 'id of a redrive, or name of a subscriber', redriveOrSubscriber)
    .option('--reason <text>', 'of a subscriber: why; no personal data')
    .action((target, { reason }) =>
      run.change((session) => {
        if (!isDerivedId(target)) return resumeSubscriber(session, target, reason);
        ofSubscriberOnly('--reason', reason);
        return resumeRedrive(session, target);
      }),
    );

/** @throws OpsFailure for an option that would be ignored. */
function ofSubscriberOnly(option: string, value: string | undefined): void {
  if (value !== undefined)
    throw new OpsFailure(EXIT.usage, `${option} is about a subscriber: leave it out. Nothing was sent.`);
}

type Change = { action: 'pause' | 'resume' | 'stop'; reason?: string | undefined };

async function changeRedrive(session: Session, id: string, { action, ...body }: Change): Promise<ExitCode> {
  const changed = await session.api.send<RedriveView>({ path: pathOf('redrives', id, `/${action}`), body });
  return show(session, changed, () => `Redrive ${id} is ${changed.status}. ${membersLeft(changed)}`);
}

async function resumeRedrive(session: Session, id: string): Promise<ExitCode> {
  const paused = await session.api.get<RedriveView>(pathOf('redrives', id));
  const because = paused.pausedBecause ? `, because: ${paused.pausedBecause}` : '';
  const plan = `Redrive ${id} is ${paused.status}${because}. ${membersLeft(paused)}`;
  await confirm(session, { plan, typed: `resume ${paused.counts.waiting}` });
  return changeRedrive(session, id, { action: 'resume' });
}

const membersLeft = ({ counts }: RedriveView): string =>
  `${counted(counts.waiting, 'member')} not sent yet, ${counted(counts.sent, 'member')} sent and not ended yet.`;

async function resumeSubscriber(session: Session, name: string, reason?: string): Promise<ExitCode> {
  const { subscribers } = await session.api.get<{ subscribers: SubscriberView[] }>('/subscribers');
  const found = subscribers.find(({ subscriber }) => subscriber === name);
  if (!found) {
    throw new OpsFailure(EXIT.refused, `There is no subscriber ${name}. npm run ops -- subscribers lists them.`);
  }
  const messages = found.waiting === undefined ? 'the messages' : counted(found.waiting, 'message');
  const plan = `${name} is ${found.state}. It will handle ${messages} that waited, at its usual rate.`;
  await confirm(session, { plan, typed: `resume ${name}` });
  const entry = await session.api.send<AuditEntryView>({
    path: pathOf('subscribers', name, '/resume'),
    body: { reason },
  });
  return show(session, entry, () => `${name} will be resumed within two minutes.`);
}
