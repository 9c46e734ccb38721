import { useState } from 'preact/hooks';
import { useLanguage, useTexts } from '#console/base/context.ts';
import { linkTo } from '#console/base/links.ts';
import type { PageProps } from '#console/base/page.ts';
import { mayUse } from '#console/base/session.ts';
import { FailureState, Skeleton } from '#console/parts/parts.tsx';
import type { Settings } from './catalogue.ts';
import { eventOf } from './catalogue.ts';
import { Conflict } from './conflict.tsx';
import { FormProvider } from './form-context.ts';
import { MessagesForm } from './messages-form.tsx';
import { type Previewed, PreviewPane, previewLocales } from './preview-pane.tsx';
import { SaveBar } from './save-bar.tsx';
import './settings.css';
import { TEXTS } from './texts.ts';
import { TextsForm } from './texts-form.tsx';
import { cleaned } from './units.ts';
import { usePreview } from './use-preview.ts';
import { type Draft, type UsedSettings, useSettings } from './use-settings.ts';
import { WebhooksSection } from './webhooks/webhooks-section.tsx';

const SECTIONS = ['messages', 'texts', 'webhooks'] as const;
type Section = (typeof SECTIONS)[number];

/** The settings of the tenant’s messages. The URL names the section. */
export default function SettingsPage({ search, show, api, session }: PageProps) {
  const t = useTexts(TEXTS);
  const given = new URLSearchParams(search).get('section');
  const section = SECTIONS.find((one) => one === given) ?? SECTIONS[0];
  const mayWrite = mayUse(session, 'messages:write');
  const used = useSettings(api, session);
  return (
    <>
      <div class="page-head">
        <h1>{t('settings')}</h1>
      </div>
      <nav class="sections" aria-label={t('sections')}>
        {SECTIONS.map((one) => (
          <a key={one} href={linkTo('settings', { section: one })} aria-current={one === section ? 'page' : undefined}>
            {t(`section.${one}`)}
          </a>
        ))}
      </nav>
      {!mayWrite && <p class="note read-only">{t('readOnly')}</p>}
      {section === 'webhooks' ? (
        <WebhooksSection {...{ search, show, api, session }} />
      ) : used.draft ? (
        <Form
          {...{ api, section, used, mayWrite }}
          draft={used.draft}
          onSection={(next) => show(linkTo('settings', { section: next }))}
        />
      ) : used.failure ? (
        <FailureState failure={used.failure} />
      ) : (
        <Skeleton />
      )}
    </>
  );
}

type FormProps = Pick<PageProps, 'api'> & {
  section: Section;
  used: UsedSettings;
  draft: Draft;
  mayWrite: boolean;
  onSection: (section: Section) => void;
};

function Form({ api, section, used, draft, mayWrite, onSection }: FormProps) {
  const language = useLanguage();
  const [previewed, setPreviewed] = useState<Previewed>({ event: 'OrderPlaced', locale: language });
  const settings = cleaned(draft.mine);
  const preview = usePreview(api, previewed.event, previewLocales(settings, previewed.event), settings);
  const refused = preview.failure?.kind === 'problem' ? (preview.failure.faults ?? []) : [];
  // The preview checks the draft as saving does. Its paths begin with the field that has the draft.
  const faults = refused.map((fault) => ({ ...fault, path: fault.path.replace(/^\/settings/, '') }));
  const change = (mine: Settings): void => used.change(mine);
  return (
    <FormProvider value={{ faults, isReadOnly: !mayWrite }}>
      {used.theirs && <Conflict draft={draft} theirs={used.theirs} onMerge={used.merge} onTake={used.discard} />}
      <form
        class="settings"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void used.save();
        }}
      >
        <div class="groups">
          {section === 'messages' ? (
            <MessagesForm settings={draft.mine} onChange={change} />
          ) : (
            <TextsForm
              settings={draft.mine}
              onChange={change}
              onShown={({ template, locale }) =>
                setPreviewed((before) => ({ event: eventOf(template) ?? before.event, locale }))
              }
            />
          )}
        </div>
        <PreviewPane settings={settings} preview={preview} previewed={previewed} onChoose={setPreviewed} />
        {mayWrite && <SaveBar used={used} draft={draft} onFault={(path) => onSection(sectionOf(path))} />}
      </form>
    </FormProvider>
  );
}

const sectionOf = (path: string): Section => (path.startsWith('/templates') ? 'texts' : 'messages');
