import type { RedriveView } from '#shared/redrive/responses.ts';
import { redriveId } from '../ids.ts';
import { formatPlan, formatTerms } from '../redrive-view.ts';
import { confirm, show } from '../session.ts';
import { type Verb, verbCommand } from '../verb.ts';
import { watchRedrive } from '../watch-redrive.ts';

/** Starts a planned redrive, after its plan was confirmed. */
export const redrive: Verb = (run) =>
  verbCommand(
    'redrive',
    'Show a plan again, and start it once it is confirmed',
    'redrive k2c7m4q6v3xw5t2hsdti55cae4',
    'redrive k2c7m4q6v3xw5t2hsdti55cae4 --confirm "redrive 280" --no-watch',
  )
    .argument('<redriveId>', 'id of the plan', redriveId)
    .option('--no-watch', 'do not wait for its end')
    .action((id, { watch }) =>
      run.change(async (session) => {
        const { api, terminal } = session;
        const path = `/redrives/${encodeURIComponent(id)}`;
        const planned = await api.get<RedriveView>(path);
        const text = `${formatPlan(planned.plan, terminal.width)}\n\n${formatTerms(planned)}`;
        await confirm(session, { plan: text, typed: `redrive ${planned.plan.members}` });
        const started = await api.send<RedriveView>({ path: `${path}/start` });
        if (watch) return watchRedrive(session, id);
        return show(session, started, () => `Redrive ${id} is running. npm run ops -- watch ${id} shows its progress.`);
      }),
    );
