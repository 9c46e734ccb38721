import { Option } from '@commander-js/extra-typings';
import type { RedriveView } from '#shared/redrive/responses.ts';
import { numberList, numberOf } from '../numbers.ts';
import { formatPlan, formatTerms } from '../redrive-view.ts';
import { show } from '../session.ts';
import { type Verb, verbCommand } from '../verb.ts';
import { FILTERS, filtersIn } from './filters.ts';

/** Freezes a set of dead letters, and shows what a redrive of them would do. Nothing is sent. */
export const plan: Verb = (run) =>
  verbCommand(
    'plan',
    'Freeze a set of dead letters, and show what a redrive would do',
    'plan --subscriber send-email --from 2026-11-30T00:00:00Z',
    'plan --fingerprint pfzh2rl3v6xwtmhsdti55caegb --rate 50 --canary 1,10,100 --stop-above 0.1',
    'plan --ids gct2tufcpnxv4zeall7tmeldwd,znjkrts3e3r7jau7xldycb2isk',
    'plan --reason CRASHED --dry-run',
  )
    .addOption(FILTERS.subscriber)
    .addOption(FILTERS.type)
    .addOption(FILTERS.reason)
    .addOption(FILTERS.fingerprint)
    .addOption(FILTERS.tenant)
    .addOption(FILTERS.from)
    .addOption(FILTERS.to)
    .addOption(FILTERS.owner)
    .option('--ids <ids>', 'these dead letters, separated by commas, instead of filters')
    .addOption(new Option('--rate <count>', 'how many a second (default: 50)').argParser(numberOf('--rate')))
    .addOption(
      new Option(
        '--canary <sizes>',
        'sizes of the first steps, like 1,10,100 (the default); "none": one step',
      ).argParser(numberList('--canary')),
    )
    .addOption(
      new Option('--stop-above <share>', 'stop if a larger share of a step fails again (default: 0.1)').argParser(
        numberOf('--stop-above'),
      ),
    )
    .option('--dry-run', 'only show the plan; nothing is kept')
    .action(({ ids, rate, canary, stopAbove, dryRun, ...filters }) =>
      run[dryRun ? 'read' : 'change'](async (session) => {
        const selection = ids === undefined ? filtersIn(filters) : { ids: ids.split(','), ...filtersIn(filters) };
        const body = { selection, ratePerSecond: rate, canary, stopAbove, dryRun };
        const answer = await session.api.send<RedriveView>({ path: '/redrives', body });
        return show(session, answer, () => {
          const text = formatPlan(answer.plan, session.terminal.width);
          if (dryRun) return `${text}\n\nNothing was kept.`;
          return `${text}\n\n${formatTerms(answer)}\nNothing was sent. Within an hour: npm run ops -- redrive ${answer.redriveId}`;
        });
      }),
    );
