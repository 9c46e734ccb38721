import { useId } from 'preact/hooks';
import { useLanguage, useTexts } from '#console/base/context.ts';
import { LANGUAGES } from '#console/base/texts.ts';
import { visibleLine } from '#console/base/visible-text.ts';
import { MessageContent } from '#console/parts/message-content.tsx';
import { Channel, FailureState, Skeleton } from '#console/parts/parts.tsx';
import type { PreviewView } from '#shared/tenant-settings/responses.ts';
import { EVENTS, type Settings } from './catalogue.ts';
import { TEXTS } from './texts.ts';
import type { Preview } from './use-preview.ts';

/** The message and the language that the preview shows. */
export type Previewed = { event: string; locale: string };

type Props = {
  settings: Settings;
  preview: Preview;
  previewed: Previewed;
  onChoose: (previewed: Previewed) => void;
};

/** The languages of a preview: ours, and those of the tenant’s own texts. */
export function previewLocales({ templates = [], defaultLocale }: Settings, event: string): string[] {
  const own = templates.filter(({ template }) => template === EVENTS[event]?.template).map(({ locale }) => locale);
  const all = [...LANGUAGES, ...(defaultLocale ? [defaultLocale] : []), ...own];
  // One that is not a language yet, because it is being typed, would only be refused.
  return [...new Set(all)].filter((locale) => /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(locale)).slice(0, 6);
}

/** The messages of an event as the draft would make them. */
export function PreviewPane({ settings, preview, previewed, onChoose }: Props) {
  const t = useTexts(TEXTS);
  const id = useId();
  const { event, locale } = previewed;
  const view = preview.views.get(locale);
  return (
    <section class="preview" aria-labelledby={id}>
      <h2 id={id}>{t('preview')}</h2>
      <div class="field">
        <label for={`${id}-event`}>{t('previewed')}</label>
        <select
          id={`${id}-event`}
          value={event}
          onChange={({ currentTarget }) => onChoose({ event: currentTarget.value, locale })}
        >
          {Object.keys(EVENTS).map((one) => (
            <option key={one} value={one}>
              {t.value('event', one)}
            </option>
          ))}
        </select>
      </div>
      <fieldset class="switch languages">
        <legend class="unseen">{t('previewLanguage')}</legend>
        {previewLocales(settings, event).map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === locale}
            onClick={() => onChoose({ event, locale: one })}
          >
            <LanguageName locale={one} />
          </button>
        ))}
      </fieldset>
      <Shown preview={preview} view={view?.event === event ? view : undefined} />
    </section>
  );
}

function LanguageName({ locale }: { locale: string }) {
  const language = useLanguage();
  return <>{new Intl.DisplayNames([language], { type: 'language' }).of(locale) ?? locale}</>;
}

function Shown({ preview: { failure, isOld }, view }: { preview: Preview; view: PreviewView | undefined }) {
  const t = useTexts(TEXTS);
  if (!view) return failure ? <FailureState failure={failure} /> : <Skeleton />;
  return (
    <div class="previews" aria-busy={isOld}>
      <p class="note" role="status">
        {failure ? t('previewOld') : ''}
      </p>
      {view.messages.map(({ channel, isOn, sender, ...content }) => (
        <article key={channel} class="previewed">
          <header>
            <Channel channel={channel} />
            {!isOn && <span class="tag off">{t('previewOff')}</span>}
          </header>
          {sender && <SenderLine {...sender} />}
          <MessageContent content={content} channel={channel} />
        </article>
      ))}
    </div>
  );
}

function SenderLine({ name, replyTo }: { name?: string | undefined; replyTo?: string | undefined }) {
  const t = useTexts(TEXTS);
  const parts = [
    name && t('previewFrom', { name: visibleLine(name) }),
    replyTo && t('previewReply', { address: visibleLine(replyTo) }),
  ];
  return <p class="sub">{parts.filter(Boolean).join(' · ')}</p>;
}
