import { useTexts } from '#console/base/context.ts';
import { type Failure, type Fault, isLost } from '#console/base/failure.ts';
import { visibleLine } from '#console/base/visible-text.ts';
import { focusField } from './form-context.ts';
import { TEXTS } from './texts.ts';
import { changesBetween, cleaned } from './units.ts';
import { type Draft, isOvertaken, type UsedSettings } from './use-settings.ts';

type Props = { used: UsedSettings; draft: Draft; onFault: (path: string) => void };

/** Saves or discards, and says what became of it. It stays in sight while there are changes. */
export function SaveBar({ used: { isBusy, saved, theirs, discard }, draft, onFault }: Props) {
  const t = useTexts(TEXTS);
  const count = changesBetween(draft.base, cleaned(draft.mine)).length;
  const isReady = count > 0 && !isBusy && !theirs;
  return (
    <div class="save-bar" data-open={count > 0 || saved !== undefined}>
      <div role="alert">{saved?.kind === 'failed' && <Refused failure={saved.failure} onFault={onFault} />}</div>
      <div class="row">
        <p role="status">
          {count > 0 ? t('unsaved', { count }) : saved?.kind === 'saved' ? t('saved', { version: saved.version }) : ''}
        </p>
        {count > 0 && (
          <button type="button" class="button" onClick={discard}>
            {t('discard')}
          </button>
        )}
        <button type={isReady ? 'submit' : 'button'} class="button strong" aria-disabled={!isReady}>
          {t('save')}
        </button>
      </div>
    </div>
  );
}

function Refused({ failure, onFault }: { failure: Failure; onFault: (path: string) => void }) {
  const t = useTexts(TEXTS);
  if (isLost(failure)) return <p class="warning">{t('answerLost')}</p>;
  if (failure.kind === 'forbidden') return <p class="warning">{t('saveForbidden')}</p>;
  // What the other person has saved is shown instead.
  if (failure.kind !== 'problem' || isOvertaken(failure)) return null;
  const { faults = [], detail } = failure;
  if (faults.length === 0)
    return (
      <p class="warning" lang="en">
        {visibleLine(detail)}
      </p>
    );
  return <FaultSummary faults={faults} onFault={onFault} />;
}

function FaultSummary({ faults, onFault }: { faults: readonly Fault[]; onFault: (path: string) => void }) {
  const t = useTexts(TEXTS);
  const lead = (path: string): void => {
    onFault(path);
    // The section of the field is rendered first.
    requestAnimationFrame(() => requestAnimationFrame(() => focusField(path)));
  };
  return (
    <div class="fault-summary">
      <p>
        <strong>{t('faultCount', { count: faults.length })}</strong>
      </p>
      <ul>
        {faults.map(({ path, message }) => (
          <li key={path + message}>
            <button type="button" class="link" lang="en" onClick={() => lead(path)}>
              <span class="code">{visibleLine(path)}</span> {visibleLine(message)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
