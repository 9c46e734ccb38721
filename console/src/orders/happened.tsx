import { useMemo } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { Foreign, Status, Time } from '#console/parts/parts.tsx';
import type { TimelineEntry } from '#shared/timeline/responses.ts';
import type { Happenings } from './calls.ts';
import { CauseGraph } from './cause-graph.tsx';
import { causesOf } from './causes.ts';
import { hrefOfEntry, useNaming } from './naming.ts';
import { TEXTS } from './texts.ts';
import type { Subject } from './view.ts';

type Props = { view: Subject; happenings: Happenings | undefined };

/** What happened: drawn by cause, and as a list by time with each step. */
export function Happened({ view, happenings }: Props) {
  const t = useTexts(TEXTS);
  const nodes = useMemo(() => causesOf(happenings?.entries ?? []), [happenings]);
  if (!happenings) return null;
  return (
    <section class="card" aria-labelledby="causes">
      <h2 id="causes">{t('causes')}</h2>
      <p class="lead">{t('causesLead')}</p>
      {!happenings.isWhole && <p class="note">{t('notWhole')}</p>}
      <CauseGraph view={view} nodes={nodes} />
      <details class="by-time">
        <summary>{t('happenings', { count: happenings.entries.length })}</summary>
        <ol class="happenings">
          {happenings.entries.map((entry) => (
            <Happening key={entry.id} view={view} entry={entry} />
          ))}
        </ol>
      </details>
    </section>
  );
}

function Happening({ view, entry }: { view: Subject; entry: TimelineEntry }) {
  const t = useTexts(TEXTS);
  const { titleOf } = useNaming();
  const { kind, purpose, process, attempt, accepted, code, actor } = entry;
  const details = [purpose, process, attempt !== undefined && t('attempt', { count: attempt }), code, actor];
  return (
    <li>
      <Time at={entry.at} />
      <span class="happening-kind sub">{t.value('kind', kind)}</span>
      <span>
        <a href={hrefOfEntry(view, entry)}>
          <Foreign text={titleOf(entry)} />
        </a>
        {accepted === false && <Status status="refused" />}
        {details.map(
          (detail) =>
            detail && (
              <span key={detail} class="sub">
                {' '}
                <Foreign text={detail} />
              </span>
            ),
        )}
      </span>
    </li>
  );
}
