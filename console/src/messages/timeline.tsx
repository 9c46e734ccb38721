import { useLanguage, useTexts } from '#console/base/context.ts';
import type { Translate } from '#console/base/texts.ts';
import { durationText } from '#console/base/times.ts';
import { Foreign, Status, Time } from '#console/parts/parts.tsx';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { TEXTS, type TextName } from './texts.ts';
import { type Mark, type PhaseKind, scaleOf } from './timeline-scale.ts';

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

/** What happened to a message: drawn to scale, and as a list with the same entries. */
export function Timeline({ message }: { message: NotificationDetailsView }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const { marks, phases, totalMs } = scaleOf(message.timeline);
  const kinds = [...new Set(phases.map(({ kind }) => kind))];
  return (
    <section aria-labelledby="timeline">
      <h3 id="timeline">{t('timeline')}</h3>
      {totalMs > 0 && (
        <>
          <div class="track" aria-hidden="true">
            {phases.map(({ kind, from, to, durationMs }) => (
              <span
                key={`${from}-${kind}`}
                class="phase"
                data-kind={kind}
                style={{ left: percent(from), width: percent(to - from) }}
                title={`${t(`phase.${kind}`)}: ${durationText(durationMs, language)}`}
              />
            ))}
            {marks.map(({ share, entry }) => (
              <span key={`${entry.at}-${entry.kind}`} class="tick" style={{ left: percent(share) }} />
            ))}
          </div>
          <p class="scale">
            {t('timelineTotal', { duration: durationText(totalMs, language) })}
            {kinds.map((kind) => (
              <Legend key={kind} kind={kind} ms={sumOf(phases, kind)} />
            ))}
          </p>
        </>
      )}
      <ol class="events">
        {marks.map((mark, index) => (
          <Event key={index} mark={mark} message={message} t={t} />
        ))}
      </ol>
    </section>
  );
}

const sumOf = (phases: readonly { kind: PhaseKind; durationMs: number }[], kind: PhaseKind): number =>
  phases.filter((one) => one.kind === kind).reduce((sum, { durationMs }) => sum + durationMs, 0);

function Legend({ kind, ms }: { kind: PhaseKind; ms: number }) {
  const t = useTexts(TEXTS);
  return (
    <span class="legend">
      <span class="swatch" data-kind={kind} />
      {t(`phase.${kind}`)} <b>{durationText(ms, useLanguage())}</b>
    </span>
  );
}

const Detail = ({ text }: { text: string }) => (
  <span class="sub">
    <Foreign text={text} />
  </span>
);

function Event({
  mark: { entry, afterMs },
  message,
  t,
}: {
  mark: Mark;
  message: NotificationDetailsView;
  t: Translate<TextName>;
}) {
  const { kind, attempt, outcome, recipient, code, action, by, reason } = entry;
  const address = recipient === undefined ? undefined : message.recipients[recipient]?.address;
  return (
    <li data-kind={kind}>
      <span class="event-name">
        {action ? t.value('decision', action) : t.value('event', kind)}
        {by && <Detail text={by} />}
        {attempt !== undefined && kind === 'claimed' && <span class="sub">{t('attempt', { count: attempt })}</span>}
        {outcome && <Status status={outcome} />}
        {address && <Detail text={address} />}
        {code && <Detail text={code} />}
        {reason && <Detail text={reason} />}
      </span>
      <span class="event-after">+{durationText(afterMs, useLanguage())}</span>
      <Time at={entry.at} />
    </li>
  );
}
