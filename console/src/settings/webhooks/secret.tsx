import { useEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { Foreign } from '#console/parts/parts.tsx';
import { TEXTS } from './texts.ts';
import type { NewSecret } from './use-endpoints.ts';

type Props = { secret: NewSecret; onDone: () => void };

/** A secret that is shown once. It gets the focus, and stays until the person has stored it. */
export function Secret({ secret: { endpointId, secret }, onDone }: Props) {
  const t = useTexts(TEXTS);
  const section = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState<'copied' | 'copyFailed'>();
  useEffect(() => section.current?.focus(), []);
  const copy = (): Promise<void> =>
    navigator.clipboard.writeText(secret).then(
      () => setCopied('copied'),
      // The person or the browser does not permit it. The secret can be selected.
      () => setCopied('copyFailed'),
    );
  return (
    <section class="secret" ref={section} tabIndex={-1} aria-label={t('secretTitle')}>
      <h2>
        {t('secretTitle')}: <Foreign text={endpointId} />
      </h2>
      <p class="lead">{t('secretLead')}</p>
      <output class="code">{secret}</output>
      <div class="row">
        <button type="button" class="button strong" onClick={copy}>
          {t('copy')}
        </button>
        <button type="button" class="button" onClick={onDone}>
          {t('secretStored')}
        </button>
        <span role="status">{copied ? t(copied) : ''}</span>
      </div>
    </section>
  );
}
