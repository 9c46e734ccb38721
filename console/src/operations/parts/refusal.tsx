import { COMMON } from '#console/base/common-texts.ts';
import { useTexts } from '#console/base/context.ts';
import { type Failure, isLost } from '#console/base/failure.ts';
import { visibleLine } from '#console/base/visible-text.ts';

/** Why a change was not made, in the words of the API: for example, who is doing it already. */
export function Refusal({ failure }: { failure: Failure | undefined }) {
  return <div role="alert">{failure && <Because failure={failure} />}</div>;
}

function Because({ failure }: { failure: Failure }) {
  const t = useTexts(COMMON);
  if (isLost(failure)) return <p class="ops-warning">{t('answerLost')}</p>;
  if (failure.kind === 'problem') {
    return (
      <p class="ops-warning">
        <strong>{t('errorTitle')}</strong>
        <span lang="en">{visibleLine([failure.detail, failure.next].filter(Boolean).join(' '))}</span>
      </p>
    );
  }
  if (failure.kind === 'forbidden') {
    return <p class="ops-warning">{t('forbiddenLead', { scope: 'operations' })}</p>;
  }
  return <p class="ops-warning">{t(failure.kind === 'expired' ? 'expiredTitle' : 'errorTitle')}</p>;
}
