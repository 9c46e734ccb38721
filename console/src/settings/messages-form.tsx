import { useTexts } from '#console/base/context.ts';
import { LANGUAGES } from '#console/base/texts.ts';
import { EVENTS, FALLBACK_CHANNELS, type OverrideChannel, type Settings } from './catalogue.ts';
import { ColorField, TextField } from './fields.tsx';
import { fieldId, useForm } from './form-context.ts';
import { Group } from './group.tsx';
import { TEXTS } from './texts.ts';

type Props = { settings: Settings; onChange: (settings: Settings) => void };

/** Which messages are sent, and what all of them have in common. */
export function MessagesForm({ settings, onChange }: Props) {
  return (
    <>
      <Events settings={settings} onChange={onChange} />
      <Brand settings={settings} onChange={onChange} />
      <Sender settings={settings} onChange={onChange} />
      <Fallbacks settings={settings} onChange={onChange} />
    </>
  );
}

function Events({ settings, onChange }: Props) {
  const t = useTexts(TEXTS);
  const change = (event: string, channels: readonly OverrideChannel[]): void => {
    const isDefault = channels.length === EVENTS[event]?.channels.length;
    onChange({ ...settings, events: { ...settings.events, [event]: isDefault ? undefined : [...channels] } });
  };
  return (
    <Group title={t('events')} lead={t('eventsLead')} path="/events">
      <ul class="event-list">
        {Object.entries(EVENTS).map(([event, { channels }]) => (
          <li key={event}>
            <span class="event-title">
              <strong>{t.value('event', event)}</strong>
              <span class="sub">{t.value('when', event)}</span>
            </span>
            <Channels
              event={event}
              channels={channels}
              on={settings.events?.[event] ?? channels}
              onChange={(on) => change(event, on)}
            />
          </li>
        ))}
      </ul>
    </Group>
  );
}

type ChannelsProps = {
  event: string;
  channels: readonly OverrideChannel[];
  on: readonly string[];
  onChange: (channels: readonly OverrideChannel[]) => void;
};

function Channels({ event, channels, on, onChange }: ChannelsProps) {
  const t = useTexts(TEXTS);
  const { isReadOnly } = useForm();
  return (
    <fieldset class="event-channels" disabled={isReadOnly}>
      <legend class="unseen">{t.value('event', event)}</legend>
      {channels.map((channel) => (
        <label key={channel} class="check">
          <input
            id={fieldId(`/events/${event}/${channel}`)}
            type="checkbox"
            checked={on.includes(channel)}
            onChange={({ currentTarget: { checked } }) =>
              onChange(channels.filter((one) => (one === channel ? checked : on.includes(one))))
            }
          />
          {t.value('channel', channel)}
        </label>
      ))}
    </fieldset>
  );
}

function Brand({ settings, onChange }: Props) {
  const t = useTexts(TEXTS);
  const { brand = {} } = settings;
  const set = (name: keyof typeof brand) => (value: string) =>
    onChange({ ...settings, brand: { ...brand, [name]: value } });
  return (
    <Group title={t('brand')} lead={t('brandLead')} path="/brand">
      <div class="pair">
        <TextField path="/brand/name" label={t('brandName')} value={brand.name ?? ''} onValue={set('name')} />
        <ColorField
          path="/brand/color"
          label={t('color')}
          hint={t('colorHint')}
          value={brand.color ?? ''}
          onValue={set('color')}
        />
      </div>
      <TextField
        path="/brand/logoUrl"
        type="url"
        label={t('logoUrl')}
        hint={t('logoHint')}
        value={brand.logoUrl ?? ''}
        onValue={set('logoUrl')}
      />
    </Group>
  );
}

function Sender({ settings, onChange }: Props) {
  const t = useTexts(TEXTS);
  const { sender = {}, defaultLocale = '' } = settings;
  const set = (name: keyof typeof sender) => (value: string) =>
    onChange({ ...settings, sender: { ...sender, [name]: value } });
  return (
    <Group title={t('sender')} lead={t('senderLead')} path="/sender">
      <div class="pair">
        <TextField path="/sender/name" label={t('senderName')} value={sender.name ?? ''} onValue={set('name')} />
        <TextField
          path="/sender/replyTo"
          type="email"
          label={t('replyTo')}
          value={sender.replyTo ?? ''}
          onValue={set('replyTo')}
        />
      </div>
      <TextField
        path="/defaultLocale"
        label={t('locale')}
        hint={t('localeHint')}
        list={LANGUAGES}
        value={defaultLocale}
        onValue={(value) => onChange({ ...settings, defaultLocale: value })}
      />
    </Group>
  );
}

function Fallbacks({ settings, onChange }: Props) {
  const t = useTexts(TEXTS);
  const { fallback = {} } = settings;
  const set = (channel: OverrideChannel, minutes: string): void =>
    onChange({
      ...settings,
      fallback: { ...fallback, [channel]: minutes === '' ? undefined : { afterMinutes: Number(minutes) } },
    });
  return (
    <Group title={t('fallback')} lead={t('fallbackLead')} path="/fallback">
      <div class="pair">
        {FALLBACK_CHANNELS.map((channel) => (
          <TextField
            key={channel}
            path={`/fallback/${channel}/afterMinutes`}
            type="number"
            label={t(`fallback.${channel}`)}
            hint={t('minutesHint')}
            value={String(fallback[channel]?.afterMinutes ?? '')}
            onValue={(minutes) => set(channel, minutes)}
          />
        ))}
      </div>
    </Group>
  );
}
