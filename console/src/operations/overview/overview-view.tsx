import { useLanguage, useTexts } from '#console/base/context.ts';
import { mayUse } from '#console/base/session.ts';
import { durationText, numberText } from '#console/base/times.ts';
import { Icon } from '#console/parts/icons.tsx';
import type { Look } from '#console/parts/looks.ts';
import { FailureState, Placeholder, Skeleton } from '#console/parts/parts.tsx';
import type { DueLaneView, StatusView } from '#shared/lane/responses.ts';
import { Age } from '../parts/age.tsx';
import { Head } from '../parts/listed.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { useRead } from '../parts/use-read.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView } from '../views.ts';
import { attentionOf, type Link, oldestOf } from './attention.ts';
import { rangeIn, StatisticsSection } from './statistics-section.tsx';
import { TEXTS } from './texts.ts';

/** Older figures than this are not those of a running stage. */
const STALE_SECONDS = 120;

/** What waits, is unknown, held, paused or dead now, and since when. */
export function OverviewView({ api, session, query }: ViewProps) {
  const t = useTexts(TEXTS);
  const { value: status, failure } = useRead<StatusView>(api, '/operations/status');
  return (
    <>
      <Head title={t('view.overview')} isLive={status && failure === undefined} />
      {status && <Status status={status} />}
      {status && mayUse(session, 'messages:read') && (
        <StatisticsSection api={api} session={session} range={rangeIn(query)} />
      )}
      {!status && (failure ? <FailureState failure={failure} scope="operations" /> : <Skeleton />)}
    </>
  );
}

function Status({ status }: { status: StatusView }) {
  const t = useTexts(TEXTS);
  const due = status.due.filter(({ count }) => count > 0);
  return (
    <>
      <Measured status={status} />
      <Tiles status={status} />
      <Attention status={status} />
      {due.length > 0 && (
        <section class="ops-section">
          <h2>{t('due')}</h2>
          <DueTable rows={due} />
        </section>
      )}
    </>
  );
}

/** How old the figures are. Old ones say nothing about now. */
function Measured({ status: { ageSeconds } }: { status: StatusView }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  if (ageSeconds === undefined) return <p class="ops-warning">{t('notMeasured')}</p>;
  const measured = t('measuredAgo', { age: durationText(ageSeconds * 1000, language) });
  if (ageSeconds <= STALE_SECONDS) return <p class="note">{measured}</p>;
  return (
    <p class="ops-warning">
      {t('stale')} {measured}.
    </p>
  );
}

function Tiles({ status }: { status: StatusView }) {
  const waiting = status.subscribers.reduce((sum, one) => sum + (one.waiting ?? 0), 0);
  const oldest = oldestOf(status);
  return (
    <ul class="ops-tiles">
      <Tile
        name="held"
        tone="attention"
        count={status.held}
        since={oldest.held}
        status={status}
        link={['waiting', { status: 'HELD' }]}
      />
      <Tile
        name="unknown"
        tone="attention"
        count={status.unknown}
        since={oldest.unknown}
        status={status}
        link={['waiting', { status: 'UNKNOWN' }]}
      />
      <Tile name="dead" tone="bad" count={status.dead} since={oldest.dead} status={status} link={['groups']} />
      <Tile name="paused" tone="attention" count={status.paused} since={oldest.paused} link={['subscribers']} />
      <Tile name="waiting" tone="busy" count={waiting} since={oldest.waiting} link={['subscribers']} />
    </ul>
  );
}

type TileName = 'held' | 'unknown' | 'dead' | 'paused' | 'waiting';
type TileProps = {
  name: TileName;
  tone: Look['tone'];
  count: number;
  since?: string | undefined;
  /** Whether the count may be a lower bound. */
  status?: Pick<StatusView, 'isCapped'>;
  /** The list behind the figure. */
  link: Link;
};

/** A figure that leads to its list. Its colour only repeats that it is not 0. */
function Tile({ name, tone, count, since, status, link }: TileProps) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const figure = numberText(count, language);
  return (
    <li>
      <a class="ops-tile" data-tone={count > 0 ? tone : 'quiet'} href={linkToView(...link)}>
        <span class="ops-tile-title">
          <Icon name={count > 0 ? ICONS[name] : 'check'} />
          {t(`tile.${name}`)}
        </span>
        <strong>{count > 0 && status?.isCapped ? `≥ ${figure}` : figure}</strong>
        <span class="sub">
          {count === 0 && t('none')}
          {count > 0 && since !== undefined && (
            <>
              {t('oldestSince')} <Age at={since} />
            </>
          )}
        </span>
      </a>
    </li>
  );
}

const ICONS = { held: 'hand', unknown: 'question', dead: 'cross', paused: 'stop', waiting: 'clock' } as const;

type Row = { key: string; name: string; what: string; link: Link };

function Attention({ status }: { status: StatusView }) {
  const t = useTexts(TEXTS);
  const rows = attentionOf(status).map(
    (one): Row => ({ key: `${one.about} ${one.what}`, name: one.about, what: t(one.what, one.values), link: one.link }),
  );
  return (
    <section class="ops-section">
      <h2>{t('attention')}</h2>
      {rows.length === 0 ? (
        <Placeholder icon="check-all" title={t('calmTitle')}>
          {t('calmLead')}
        </Placeholder>
      ) : (
        <Table caption={t('attention')} columns={columnsOf(t('subscriber'), t('problem'))} rows={rows} keyOf={keyOf} />
      )}
    </section>
  );
}

const keyOf = ({ key }: Row): string => key;
const columnsOf = (name: string, what: string): Column<Row>[] => [
  { title: name, look: 'main', cell: (row) => <a href={linkToView(...row.link)}>{row.name}</a> },
  { title: what, cell: (row) => row.what },
];

function DueTable({ rows }: { rows: readonly DueLaneView[] }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const columns: Column<DueLaneView>[] = [
    { title: t('kind'), look: 'main', cell: ({ kind }) => t.value('kind', kind) },
    { title: t('count'), look: 'number', cell: ({ count, isCapped }) => `${isCapped ? '≥ ' : ''}${count}` },
    {
      title: t('change'),
      look: 'number',
      cell: ({ changePerMinute: change }) => (change ? `${change > 0 ? '+' : ''}${change}` : undefined),
    },
    {
      title: t('nextDue'),
      cell: ({ oldestDueAt, overdueSeconds }) => {
        if (oldestDueAt === undefined) return undefined;
        const ms = Date.parse(oldestDueAt) - Date.now();
        if (ms > 0) return t('dueIn', { age: durationText(ms, language) });
        if (overdueSeconds < 1) return t('dueNow');
        return t('overdue', { age: durationText(overdueSeconds * 1000, language) });
      },
    },
  ];
  return <Table caption={t('due')} columns={columns} rows={rows} keyOf={({ kind }) => kind} />;
}
