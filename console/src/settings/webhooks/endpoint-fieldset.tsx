import { useTexts } from '#console/base/context.ts';
import { TextField } from '../fields.tsx';
import { fieldId, useForm } from '../form-context.ts';
import type { EndpointFields, EventType } from './endpoints.ts';
import { EventTypes } from './event-types.tsx';
import { TEXTS } from './texts.ts';

type Props = {
  path: string;
  isNew: boolean;
  fields: EndpointFields;
  offered: readonly EventType[];
  onChange: (fields: EndpointFields) => void;
};

/** The fields of an endpoint. A new one is enabled. */
export function EndpointFieldset({ path, isNew, fields, offered, onChange }: Props) {
  const t = useTexts(TEXTS);
  const field = (name: 'endpointId' | 'url' | 'description') => ({
    path: `${path}/${name}`,
    value: fields[name],
    onValue: (value: string) => onChange({ ...fields, [name]: value }),
  });
  return (
    <>
      {isNew && <TextField {...field('endpointId')} label={t('endpointId')} hint={t('endpointIdHint')} />}
      <TextField {...field('url')} type="url" label={t('url')} hint={t('urlHint')} />
      <TextField {...field('description')} label={t('description')} />
      {!isNew && <Enabled path={path} isOn={fields.enabled} onChange={(enabled) => onChange({ ...fields, enabled })} />}
      <EventTypes
        path={`${path}/eventTypes`}
        offered={offered}
        chosen={fields.eventTypes}
        onChange={(eventTypes) => onChange({ ...fields, eventTypes })}
      />
    </>
  );
}

function Enabled({ path, isOn, onChange }: { path: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  const t = useTexts(TEXTS);
  return (
    <label class="check">
      <input
        id={fieldId(`${path}/enabled`)}
        type="checkbox"
        checked={isOn}
        disabled={useForm().isReadOnly}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {t('enabled')}
    </label>
  );
}
