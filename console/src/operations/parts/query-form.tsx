import { useId } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { instantOf, localTimeOf } from '#console/base/times.ts';
import { TEXTS } from '../texts.ts';

/** A field of a query. @property kind `time`: a point in time, in the viewer’s time zone. */
export type QueryField = {
  name: string;
  label: string;
  kind?: 'text' | 'time' | 'number';
  /** The values to choose from, each with its text. */
  choices?: readonly (readonly [value: string, text: string])[];
  hint?: string;
};

type Props = {
  fields: readonly QueryField[];
  query: URLSearchParams;
  /** @param given the fields that have a value. */
  onApply: (given: Record<string, string>) => void;
  button: string;
  isBusy?: boolean;
};

/** The parameters of a view, as a form. They apply when the form is sent, so that each state has one entry of the history. */
export function QueryForm({ fields, query, onApply, button, isBusy = false }: Props) {
  const t = useTexts(TEXTS);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement) || isBusy) return;
    const typed = new FormData(event.currentTarget);
    const values = fields.map(({ name, kind }) => {
      const text = String(typed.get(name) ?? '').trim();
      return [name, kind === 'time' ? instantOf(text) : text];
    });
    onApply(Object.fromEntries(values.filter(([, value]) => value)));
  };
  return (
    <form class="ops-query" key={String(query)} onSubmit={submit}>
      {fields.map((field) => (
        <Field key={field.name} {...field} value={query.get(field.name) ?? ''} />
      ))}
      <button type="submit" class="button" aria-disabled={isBusy}>
        {isBusy ? t('sending') : button}
      </button>
    </form>
  );
}

function Field({ name, label, kind = 'text', choices, hint, value }: QueryField & { value: string }) {
  const t = useTexts(TEXTS);
  const id = useId();
  // A URL may name a value of a newer release.
  const isOffered = value === '' || choices?.some(([one]) => one === value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {choices ? (
        <select id={id} name={name}>
          <option value="">{t('any')}</option>
          {[...choices, ...(isOffered ? [] : [[value, value] as const])].map(([one, text]) => (
            <option key={one} value={one} selected={one === value}>
              {text}
            </option>
          ))}
        </select>
      ) : (
        <Input {...{ id, name, kind, hint, value }} />
      )}
    </div>
  );
}

type InputProps = {
  id: string;
  name: string;
  kind: 'text' | 'time' | 'number';
  hint: string | undefined;
  value: string;
};

function Input({ id, name, kind, hint, value }: InputProps) {
  if (kind === 'time') return <input {...{ id, name }} type="datetime-local" defaultValue={localTimeOf(value)} />;
  return (
    <input
      {...{ id, name }}
      type="text"
      inputMode={kind === 'number' ? 'decimal' : 'text'}
      autocomplete="off"
      spellcheck={false}
      maxLength={400}
      {...(hint && { placeholder: hint })}
      defaultValue={value}
    />
  );
}
