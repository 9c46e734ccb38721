import type { Api } from '#console/base/api.ts';
import { useLanguage, useTexts } from '#console/base/context.ts';
import type { Session } from '#console/base/session.ts';
import { durationText, hourTime, numberText } from '#console/base/times.ts';
import { FailureState, Skeleton } from '#console/parts/parts.tsx';
import type { StatisticsView } from '#shared/statistics/responses.ts';
import { type Column, Table } from '../parts/table.tsx';
import { linkToView } from '../views.ts';
import { Bars, type Series } from './bars.tsx';
import { type Hour, hoursOf, type Range } from './hours.ts';
import { TEXTS } from './texts.ts';
import { useStatistics } from './use-statistics.ts';

/** Messages by hour, and how long they took until they were delivered. Statistics belong to a tenant. */
export function StatisticsSection({ api, session, range }: { api: Api; session: Session; range: Range }) {
  const t = useTexts(TEXTS);
  const { statistics, failure } = useStatistics(api, range);
  return (
    <section class="ops-section">
      <div class="ops-links">
        <h2>{t('statistics', { tenant: session.name })}</h2>
        <nav class="ops-ranges" aria-label={t('range')}>
          {(['day', 'week'] as const).map((one) => (
            <a
              key={one}
              href={linkToView('overview', { range: one })}
              aria-current={one === range ? 'true' : undefined}
            >
              {t(`range.${one}`)}
            </a>
          ))}
        </nav>
      </div>
      {statistics && <Charts statistics={statistics} range={range} />}
      {!statistics && (failure ? <FailureState failure={failure} /> : <Skeleton />)}
    </section>
  );
}

/** The range that a URL names. */
export const rangeIn = (query: URLSearchParams): Range => (query.get('range') === 'week' ? 'week' : 'day');

function Charts({ statistics, range }: { statistics: StatisticsView; range: Range }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const hours = hoursOf(statistics, range, Date.now());
  if (hours.every(({ created: count }) => count === 0)) return <p class="note">{t('noMessages')}</p>;
  const count = (value: number): string => numberText(value, language);
  const duration = (value: number): string => durationText(value, language);
  const created: Series<Hour> = { name: t('created'), look: 'whole', value: (hour) => hour.created };
  const failed: Series<Hour> = { name: t('failed'), look: 'bad', value: (hour) => hour.failed };
  const p95: Series<Hour> = { name: t('p95'), look: 'wash', value: (hour) => hour.p95Ms ?? 0 };
  const median: Series<Hour> = { name: t('median'), look: 'whole', value: (hour) => hour.medianMs ?? 0 };
  return (
    <>
      <div class="ops-charts">
        <Bars title={t('perHour')} rows={hours} series={[created, failed]} textOf={count} />
        <Bars title={t('toDelivered')} rows={hours} series={[p95, median]} textOf={duration} />
      </div>
      <Numbers hours={hours} />
    </>
  );
}

/** The same numbers as a table, for those who cannot see the drawing, and for copying. */
function Numbers({ hours }: { hours: readonly Hour[] }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const duration = (ms: number | undefined) => (ms === undefined ? undefined : durationText(ms, language));
  const columns: Column<Hour>[] = [
    { title: t('hour'), look: 'main', cell: ({ at }) => <time dateTime={at}>{hourTime(at, language)}</time> },
    { title: t('created'), look: 'number', cell: ({ created }) => numberText(created, language) },
    { title: t('failed'), look: 'number', cell: ({ failed }) => numberText(failed, language) },
    { title: t('median'), look: 'number', cell: ({ medianMs }) => duration(medianMs) },
    { title: t('p95'), look: 'number', cell: ({ p95Ms }) => duration(p95Ms) },
  ];
  return (
    <details class="ops-action">
      <summary>{t('asTable')}</summary>
      <Table
        caption={t('asTable')}
        columns={columns}
        rows={hours.filter(({ created }) => created > 0)}
        keyOf={({ at }) => at}
      />
    </details>
  );
}
