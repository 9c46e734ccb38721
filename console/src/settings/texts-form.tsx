import { useState } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { LANGUAGES } from '#console/base/texts.ts';
import { Channel, Foreign } from '#console/parts/parts.tsx';
import { EVENTS, eventOf, type Override, PARTS, type Part, placeholdersFor, type Settings } from './catalogue.ts';
import { Faults, LongField, TextField } from './fields.tsx';
import { fieldId, focusField, useForm } from './form-context.ts';
import { Group } from './group.tsx';
import { TEXTS } from './texts.ts';
import { overrideId } from './units.ts';

type Props = {
  settings: Settings;
  onChange: (settings: Settings) => void;
  /** A text got the focus: the preview shows its message. */
  onShown: (override: Override) => void;
};

/** The tenant’s own texts. */
export function TextsForm({ settings, onChange, onShown }: Props) {
  const t = useTexts(TEXTS);
  const { isReadOnly } = useForm();
  const { templates = [] } = settings;
  const set = (next: readonly Override[]): void => onChange({ ...settings, templates: [...next] });
  const add = (added: Override): void => {
    onShown(added);
    const known = templates.findIndex((one) => overrideId(one) === overrideId(added));
    if (known < 0) set([...templates, added]);
    // The field exists when the form is rendered with it.
    requestAnimationFrame(() => focusField(`/templates/${known < 0 ? templates.length : known}`));
  };
  return (
    <Group title={t('texts')} lead={t('textsLead')} path="/templates">
      {templates.length === 0 && <p class="note">{t('noTexts')}</p>}
      {templates.map((one, index) => (
        <OverrideCard
          key={overrideId(one)}
          override={one}
          index={index}
          onShown={() => onShown(one)}
          onChange={(changed) => set(templates.map((other) => (other === one ? changed : other)))}
          onRemove={() => set(templates.filter((other) => other !== one))}
        />
      ))}
      {!isReadOnly && <AddText onAdd={add} />}
    </Group>
  );
}

type CardProps = {
  override: Override;
  index: number;
  onShown: () => void;
  onChange: (override: Override) => void;
  onRemove: () => void;
};

function OverrideCard({ override, index, onShown, onChange, onRemove }: CardProps) {
  const t = useTexts(TEXTS);
  const { faults, isReadOnly } = useForm();
  const path = `/templates/${index}`;
  const all = faults.filter((fault) => fault.path === path || fault.path.startsWith(`${path}/`));
  const parts: readonly Part[] = PARTS[override.channel];
  return (
    <details class="override" onFocusIn={onShown} data-faulty={all.length > 0}>
      <summary>
        <strong>{t.value('event', eventOf(override.template) ?? override.template)}</strong>
        <Channel channel={override.channel} />
        <span class="tag">
          <Foreign text={override.locale} />
        </span>
      </summary>
      <div class="override-fields">
        <Faults faults={all.filter((fault) => !parts.some((part) => fault.path === `${path}/${part}`))} />
        {parts.map((part) => (
          <PartField
            key={part}
            part={part}
            path={`${path}/${part}`}
            placeholders={placeholdersFor(override, part)}
            value={Reflect.get(override, part) ?? ''}
            onValue={(value) => onChange({ ...override, [part]: value })}
          />
        ))}
        {!isReadOnly && (
          <button type="button" class="button quiet danger" onClick={onRemove}>
            {t('removeText')}
          </button>
        )}
      </div>
    </details>
  );
}

type PartProps = {
  part: Part;
  path: string;
  placeholders: readonly string[];
  value: string;
  onValue: (value: string) => void;
};

function PartField({ part, placeholders, ...field }: PartProps) {
  const t = useTexts(TEXTS);
  const label = t(`part.${part}`);
  const names = placeholders.map((name) => `{{${name}}}`).join(' ');
  const hint = [part === 'html' && t('htmlHint'), names && t('placeholders', { names })].filter(Boolean).join(' ');
  if (part === 'subject') return <TextField {...field} label={label} hint={hint} />;
  return <LongField {...field} label={label} hint={hint} rows={part === 'html' ? 8 : 6} isCode={part === 'html'} />;
}

/** Every message that a text can be for. */
const CHOICES = Object.entries(EVENTS).flatMap(([event, { channels, template }]) =>
  channels.map((channel) => ({ event, template, channel })),
);

function AddText({ onAdd }: { onAdd: (override: Override) => void }) {
  const t = useTexts(TEXTS);
  const [chosen, setChosen] = useState(0);
  const [locale, setLocale] = useState('en');
  const id = fieldId('/add');
  const add = (): void => {
    const choice = CHOICES[chosen];
    if (choice && locale.trim()) onAdd({ template: choice.template, channel: choice.channel, locale: locale.trim() });
  };
  return (
    <div class="add">
      <div class="field">
        <label for={id}>{t('forMessage')}</label>
        <select id={id} value={chosen} onChange={({ currentTarget }) => setChosen(Number(currentTarget.value))}>
          {CHOICES.map(({ event, channel }, index) => (
            <option key={event + channel} value={index}>
              {t.value('event', event)}, {t.value('channel', channel)}
            </option>
          ))}
        </select>
      </div>
      <TextField path="/add/locale" label={t('textLocale')} list={LANGUAGES} value={locale} onValue={setLocale} />
      <button type="button" class="button" onClick={add}>
        {t('addText')}
      </button>
    </div>
  );
}
