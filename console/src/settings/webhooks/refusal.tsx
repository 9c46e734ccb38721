import { useTexts } from '#console/base/context.ts';
import { type Failure, isLost } from '#console/base/failure.ts';
import { visibleLine } from '#console/base/visible-text.ts';
import { isOvertaken } from '../use-settings.ts';
import { TEXTS } from './texts.ts';

/** Why a change of an endpoint does not count. */
export function Refusal({ failure, faultCount }: { failure: Failure; faultCount: number }) {
  const t = useTexts(TEXTS);
  if (isLost(failure)) return <p class="warning">{t('answerLost')}</p>;
  if (failure.kind === 'forbidden') return <p class="warning">{t('saveForbidden')}</p>;
  if (failure.kind === 'not-found') return <p class="warning">{t('endpointMissing')}</p>;
  if (failure.kind !== 'problem') return null;
  if (isOvertaken(failure)) return <p class="warning">{t('listChanged')}</p>;
  if (faultCount > 0) return <p class="warning">{t('faultCount', { count: faultCount })}</p>;
  return (
    <p class="warning" lang="en">
      {visibleLine([failure.detail, failure.next].filter(Boolean).join(' '))}
    </p>
  );
}
