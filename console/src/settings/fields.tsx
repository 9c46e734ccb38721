import type { ComponentChildren } from 'preact';
import { useTexts } from '#console/base/context.ts';
import type { Fault } from '#console/base/failure.ts';
import { visibleLine } from '#console/base/visible-text.ts';
import { fieldId, useForm } from './form-context.ts';
import { TEXTS } from './texts.ts';

type FieldProps = {
  /** Where the value is in the settings: `/brand/color`. */
  path: string;
  label: string;
  hint?: string;
  value: string;
  onValue: (value: string) => void;
};

type TextFieldProps = FieldProps & {
  type?: 'text' | 'email' | 'url' | 'number';
  list?: readonly string[];
  /** What Enter does in the field, instead of saving the form. */
  onEnter?: () => void;
  /** Is called when the field loses the focus. */
  onLeave?: () => void;
};

/** A field with its label, its explanation and its faults. */
export function TextField({ type = 'text', list, onEnter, onLeave, ...field }: TextFieldProps) {
  const { isReadOnly } = useForm();
  const id = fieldId(field.path);
  return (
    <Framed {...field}>
      {(described) => (
        <>
          <input
            {...described}
            type={type}
            value={field.value}
            readOnly={isReadOnly}
            {...(list && { list: `${id}-list` })}
            {...(type === 'number' && { min: 1, step: 1, inputMode: 'numeric' })}
            autocomplete="off"
            onInput={({ currentTarget }) => field.onValue(currentTarget.value)}
            onBlur={onLeave}
            onKeyDown={(event) => {
              if (!onEnter || event.key !== 'Enter') return;
              event.preventDefault();
              onEnter();
            }}
          />
          {list && (
            <datalist id={`${id}-list`}>
              {list.map((one) => (
                <option key={one} value={one} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Framed>
  );
}

/** A field for a text of several lines. */
export function LongField({ rows, isCode = false, ...field }: FieldProps & { rows: number; isCode?: boolean }) {
  const { isReadOnly } = useForm();
  return (
    <Framed {...field}>
      {(described) => (
        <textarea
          {...described}
          rows={rows}
          class={isCode ? 'code' : undefined}
          spellcheck={!isCode}
          value={field.value}
          readOnly={isReadOnly}
          onInput={({ currentTarget }) => field.onValue(currentTarget.value)}
        />
      )}
    </Framed>
  );
}

/** A colour as text, with the browser’s choice of colours beside it. */
export function ColorField(field: FieldProps) {
  const t = useTexts(TEXTS);
  const { isReadOnly } = useForm();
  const shown = /^#[0-9a-f]{6}$/i.test(field.value) ? field.value : '#ffffff';
  return (
    <Framed {...field}>
      {(described) => (
        <span class="color">
          <input
            type="color"
            aria-label={t('chooseColor')}
            value={shown}
            disabled={isReadOnly}
            onInput={({ currentTarget }) => field.onValue(currentTarget.value)}
          />
          <input
            {...described}
            type="text"
            value={field.value}
            placeholder="#1b5e20"
            readOnly={isReadOnly}
            autocomplete="off"
            onInput={({ currentTarget }) => field.onValue(currentTarget.value)}
          />
        </span>
      )}
    </Framed>
  );
}

type Described = { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean };

function Framed({
  path,
  label,
  hint,
  children,
}: FieldProps & { children: (described: Described) => ComponentChildren }) {
  const id = fieldId(path);
  const faults = useForm().faults.filter((fault) => fault.path === path);
  const notes = [hint && `${id}-hint`, faults.length > 0 && `${id}-fault`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...(notes && { 'aria-describedby': notes }),
        ...(faults.length > 0 && { 'aria-invalid': true }),
      })}
      {hint && (
        <p class="sub" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <Faults id={`${id}-fault`} faults={faults} />
    </div>
  );
}

/** The faults at one place. The API writes them, so they are in English. */
export function Faults({ id, faults }: { id?: string; faults: readonly Fault[] }) {
  if (faults.length === 0) return null;
  return (
    <ul class="faults" id={id}>
      {faults.map(({ path, message, next }) => (
        <li key={path + message} class="fault" lang="en">
          {visibleLine([message, next].filter(Boolean).join(' '))}
        </li>
      ))}
    </ul>
  );
}
