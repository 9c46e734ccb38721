import { useTexts } from '#console/base/context.ts';
import { Foreign } from '#console/parts/parts.tsx';
import type { DeadLetterGroupView } from '#shared/dead-letter/responses.ts';
import { Age } from '../parts/age.tsx';
import { Head, Listed, wholeList } from '../parts/listed.tsx';
import { State } from '../parts/state.tsx';
import type { Column } from '../parts/table.tsx';
import { useRead } from '../parts/use-read.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView } from '../views.ts';
import { GroupDetails } from './group-details.tsx';
import { TEXTS } from './texts.ts';

/** Groups of open dead letters, or the one that the URL names. */
export function GroupsView({ api, query }: ViewProps) {
  const t = useTexts(TEXTS);
  const { value, failure, again } = useRead<{ groups: DeadLetterGroupView[] }>(api, '/dead-letters/groups');
  const fingerprint = query.get('group');
  const columns = useColumns();
  if (fingerprint) return <GroupDetails key={fingerprint} {...{ api, fingerprint, value, failure, again }} />;
  return (
    <>
      <Head title={t('view.groups')} isLive={value && failure === undefined} />
      <p class="lead">{t('groupsLead')}</p>
      <Listed
        pages={wholeList(value?.groups, failure)}
        caption={t('view.groups')}
        columns={columns}
        keyOf={(group) => group.fingerprint}
        empty={{ title: t('noneTitle'), lead: t('noneLead') }}
      />
    </>
  );
}

function useColumns(): Column<DeadLetterGroupView>[] {
  const t = useTexts(TEXTS);
  return [
    {
      title: t('cause'),
      look: 'main',
      cell: ({ fingerprint, subscriber, reason, errorName }) => (
        <>
          <a href={linkToView('groups', { group: fingerprint })}>
            <Foreign text={`${subscriber}: ${reason}`} />
          </a>
          {errorName && <span class="sub">{<Foreign text={errorName} />}</span>}
        </>
      ),
    },
    { title: t('open'), look: 'number', cell: ({ count }) => count },
    { title: t('oldest'), cell: ({ firstSeenAt }) => <Age at={firstSeenAt} /> },
    { title: t('latest'), cell: ({ lastSeenAt }) => <Age at={lastSeenAt} /> },
    { title: t('owner'), cell: ({ owner }) => owner && <Foreign text={owner} /> },
    { title: t('note'), cell: ({ note }) => note && <Foreign text={note} /> },
    {
      title: t('automaticRedrive'),
      cell: ({ automaticRedrive: one }) => one && <State of="automatic" is={one.status} />,
    },
  ];
}
