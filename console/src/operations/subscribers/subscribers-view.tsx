import { useTexts } from '#console/base/context.ts';
import { Foreign } from '#console/parts/parts.tsx';
import type { SubscriberView } from '#shared/lane/responses.ts';
import { Age } from '../parts/age.tsx';
import { Head, Listed, wholeList } from '../parts/listed.tsx';
import { State } from '../parts/state.tsx';
import type { Column } from '../parts/table.tsx';
import { useRead } from '../parts/use-read.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView } from '../views.ts';
import { SubscriberDetails } from './subscriber-details.tsx';
import { TEXTS } from './texts.ts';

/** All subscribers, or the one that the URL names. */
export function SubscribersView({ api, query }: ViewProps) {
  const t = useTexts(TEXTS);
  const columns = useColumns();
  const { value, failure, again } = useRead<{ subscribers: SubscriberView[] }>(api, '/subscribers');
  const name = query.get('subscriber');
  if (name) return <SubscriberDetails key={name} {...{ api, name, value, failure, again }} />;
  return (
    <>
      <Head title={t('view.subscribers')} isLive={value && failure === undefined} />
      <p class="lead">{t('subscribersLead')}</p>
      <Listed
        pages={wholeList(value?.subscribers, failure)}
        caption={t('view.subscribers')}
        columns={columns}
        keyOf={({ subscriber }) => subscriber}
        empty={{ title: t('noneTitle'), lead: t('noneLead') }}
      />
    </>
  );
}

/** A figure that could not be read is not 0. */
const figure = (value: number | undefined): string => (value === undefined ? '?' : String(value));

function useColumns(): Column<SubscriberView>[] {
  const t = useTexts(TEXTS);
  return [
    {
      title: t('subscriber'),
      look: 'main',
      cell: ({ subscriber, pause }) => (
        <>
          <a href={linkToView('subscribers', { subscriber })}>{subscriber}</a>
          {pause?.reason && (
            <span class="sub">
              <Foreign text={pause.reason} />
            </span>
          )}
        </>
      ),
    },
    { title: t('state'), cell: ({ state }) => <State of="subscriber" is={state} /> },
    { title: t('waitingNow'), look: 'number', cell: ({ waiting }) => figure(waiting) },
    { title: t('since'), cell: ({ waitingSince }) => waitingSince && <Age at={waitingSince} /> },
    {
      title: t('inOut'),
      look: 'number',
      cell: ({ inPerMinute, outPerMinute }) => `${figure(inPerMinute)} / ${figure(outPerMinute)}`,
    },
    {
      title: t('dead'),
      look: 'number',
      cell: ({ subscriber, dead: { count, isCapped } }) =>
        count > 0 ? <a href={linkToView('letters', { subscriber })}>{`${isCapped ? '≥ ' : ''}${count}`}</a> : 0,
    },
    { title: t('circuit'), cell: ({ circuit }) => circuit && t.value('circuit', circuit.status) },
  ];
}
