import { Option } from '@commander-js/extra-typings';
import { notificationId } from '../ids.ts';
import { formatNotification, readNotification } from '../notification-view.ts';
import { confirm, show } from '../session.ts';
import { type Verb, verbCommand } from '../verb.ts';

/** What each decision means. */
const MEANING = {
  resend: 'It will be sent (again). If an earlier attempt was accepted after all, the recipient gets it twice.',
  'mark-sent': 'It will count as sent, and will not be sent again.',
  cancel: 'It will not be sent (again).',
} as const;
const ACTIONS = ['resend', 'mark-sent', 'cancel'] as const;

/** Decides about a notification that waits for a person, or that failed. */
export const settle: Verb = (run) =>
  verbCommand(
    'settle',
    'Decide about a notification that is held, unknown or failed',
    'settle order_5is3epjtfdpqmrpw7qi43cz6bz_1-2 --as acme --action mark-sent --reason "The customer has it."',
    'settle order_5is3epjtfdpqmrpw7qi43cz6bz_1-2 --as acme --action resend --reason "The customer does not have it."',
  )
    .argument('<notificationId>', 'id of the notification', notificationId)
    .addOption(new Option('--action <action>', 'the decision').choices(ACTIONS).makeOptionMandatory())
    .requiredOption('--reason <text>', 'why; every user who may read the notification sees it')
    .action((id, { action, reason }) =>
      run.change(async (session) => {
        const notification = await readNotification(session, id);
        const plan = `${formatNotification(notification, session.terminal.width)}\n\n${MEANING[action]}`;
        await confirm(session, { plan, typed: `${action} ${id}` });
        const path = `/notifications/${encodeURIComponent(id)}/resolve`;
        const settled = await session.api.send<{ status: string }>({ path, body: { action, reason } });
        return show(session, settled, () => `Notification ${id} is ${settled.status}.`);
      }),
    );
