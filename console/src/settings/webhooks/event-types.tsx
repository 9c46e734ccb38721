import { useState } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { Foreign } from '#console/parts/parts.tsx';
import { Faults, TextField } from '../fields.tsx';
import { fieldId, useForm } from '../form-context.ts';
import type { EventType } from './endpoints.ts';
import { TEXTS } from './texts.ts';

type Props = {
  path: string;
  offered: readonly EventType[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
};

/** The types of events that an endpoint gets: those of the stage, and those that a person adds by their name. */
export function EventTypes({ path, offered, chosen, onChange }: Props) {
  const t = useTexts(TEXTS);
  const { faults, isReadOnly } = useForm();
  const known = offered.map(({ type }) => type);
  const others = chosen.filter((one) => !known.includes(one)).map((type) => ({ type, summary: '' }));
  return (
    <div class="field">
      <fieldset class="event-types" disabled={isReadOnly}>
        <legend>{t('eventTypes')}</legend>
        <ul class="event-type-list">
          {[...offered, ...others].map((one) => (
            <Choice
              key={one.type}
              {...one}
              path={`${path}/${chosen.indexOf(one.type)}`}
              isChosen={chosen.includes(one.type)}
              onChange={(isOn) => onChange(isOn ? [...chosen, one.type] : chosen.filter((type) => type !== one.type))}
            />
          ))}
        </ul>
      </fieldset>
      <Faults faults={faults.filter((fault) => fault.path === path)} />
      {!isReadOnly && <OtherType path={`${path}/other`} onAdd={(type) => onChange([...new Set([...chosen, type])])} />}
    </div>
  );
}

type ChoiceProps = EventType & { path: string; isChosen: boolean; onChange: (isOn: boolean) => void };

function Choice({ type, summary, path, isChosen, onChange }: ChoiceProps) {
  const faults = useForm().faults.filter((fault) => fault.path === path);
  return (
    <li>
      <label class="check">
        <input
          {...(isChosen && { id: fieldId(path) })}
          type="checkbox"
          checked={isChosen}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
        <span>
          <span class="code">
            <Foreign text={type} />
          </span>
          {summary && (
            <span class="sub" lang="en">
              <Foreign text={summary} />
            </span>
          )}
        </span>
      </label>
      <Faults faults={faults} />
    </li>
  );
}

function OtherType({ path, onAdd }: { path: string; onAdd: (type: string) => void }) {
  const t = useTexts(TEXTS);
  const [typed, setTyped] = useState('');
  const add = (): void => {
    if (typed.trim()) onAdd(typed.trim());
    setTyped('');
  };
  return (
    <details class="other-type">
      <summary>{t('otherType')}</summary>
      <div class="other-type-fields">
        <TextField
          {...{ path, label: t('otherTypeName'), hint: t('otherTypeHint'), value: typed, onValue: setTyped }}
          onEnter={add}
          // What was typed and not added would be missing after saving.
          onLeave={add}
        />
        <button type="button" class="button" onClick={add}>
          {t('addType')}
        </button>
      </div>
    </details>
  );
}
