import { useId, useLayoutEffect, useRef } from 'preact/hooks';
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

/**
 * The parameters of a view, as a form. They apply when the form is sent, so that each state has one entry of the history.
 * The fields stay where they are, so that the focus stays, too.
 */
export function QueryForm({ fields, query, onApply, button, isBusy = false }: Props) {
  const t = useTexts(TEXTS);
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    for (const { name, kind } of fields) show(form.current?.elements.namedItem(name), query.get(name) ?? '', kind);
  }, [String(query)]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!form.current || isBusy) return;
    const typed = new FormData(form.current);
    const values = fields.map(({ name, kind }) => {
      const text = String(typed.get(name) ?? '').trim();
      return [name, kind === 'time' ? instantOf(text) : text];
    });
    onApply(Object.fromEntries(values.filter(([, value]) => value)));
  };
  return (
    <form class="ops-query" ref={form} onSubmit={submit}>
      {fields.map((field) => (
        <Field key={field.name} {...field} value={query.get(field.name) ?? ''} />
      ))}
      <button type="submit" class="button" aria-disabled={isBusy}>
        {isBusy ? t('sending') : button}
      </button>
    </form>
  );
}

/** Shows in a field what the URL says. */
function show(field: Element | RadioNodeList | null | undefined, value: string, kind: QueryField['kind']): void {
  if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement)
    field.value = kind === 'time' ? localTimeOf(value) : value;
}

/** @param value of the URL. It may be one of a newer release. */
function Field({ name, label, kind = 'text', choices, hint, value }: QueryField & { value: string }) {
  const t = useTexts(TEXTS);
  const id = useId();
  const isOffered = value === '' || choices?.some(([one]) => one === value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {choices ? (
        <select id={id} name={name}>
          <option value="">{t('any')}</option>
          {[...choices, ...(isOffered ? [] : [[value, value] as const])].map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </select>
      ) : (
        <Input {...{ id, name, kind, hint }} />
      )}
    </div>
  );
}

type InputProps = { id: string; name: string; kind: 'text' | 'time' | 'number'; hint: string | undefined };

function Input({ id, name, kind, hint }: InputProps) {
  if (kind === 'time') return <input {...{ id, name }} type="datetime-local" />;
  return (
    <input
      {...{ id, name }}
      type="text"
      inputMode={kind === 'number' ? 'decimal' : 'text'}
      autocomplete="off"
      spellcheck={false}
      maxLength={400}
      {...(hint && { placeholder: hint })}
    />
  );
}
