import type { TargetedEvent } from 'preact';
import { useId, useState } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { TEXTS } from '../texts.ts';
import { Refusal } from './refusal.tsx';
import type { Change } from './use-change.ts';

export type Field = {
  name: string;
  label: string;
  longest: number;
  initial?: string | undefined;
  isOptional?: boolean;
  /** Lines of the field, if its text may have several. */
  lines?: number;
};

type Values = Readonly<Record<string, string>>;

type Props = {
  /** What is done. It opens the form. */
  title: string;
  /** What follows from it. */
  lead?: string;
  fields?: readonly Field[];
  /** The words that a person has to type, so that nothing happens by a wrong click. */
  typed?: string;
  change: Pick<Change, 'isBusy' | 'failure'>;
  /** Resolves with whether it was done. The form then closes. */
  onSend: (values: Values) => Promise<boolean>;
  isOpen?: boolean;
};

/** Something that an operator does, behind its title: what follows, what has to be said, and the confirmation. */
export function ActionForm({ title, lead, fields = [], typed, change, onSend, isOpen = false }: Props) {
  const t = useTexts(TEXTS);
  const initial = Object.fromEntries(fields.map((field) => [field.name, field.initial ?? '']));
  const [values, setValues] = useState<Values>(initial);
  const [words, setWords] = useState('');
  const [opened, setOpened] = useState(isOpen);
  const set = (name: string) => (value: string) => setValues((before) => ({ ...before, [name]: value }));
  const isFilled = fields.every(({ name, isOptional }) => isOptional || values[name]?.trim());
  const isReady = isFilled && (typed === undefined || words.trim() === typed) && !change.isBusy;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!isReady || !(await onSend(values))) return;
    setValues(initial);
    setWords('');
    setOpened(false);
  };
  return (
    <details class="ops-action" open={opened} onToggle={({ currentTarget }) => setOpened(currentTarget.open)}>
      <summary>{title}</summary>
      <form onSubmit={submit}>
        {lead && <p class="lead">{lead}</p>}
        {fields.map((field) => (
          <TextField key={field.name} {...field} value={values[field.name] ?? ''} onInput={set(field.name)} />
        ))}
        {typed !== undefined && (
          <TextField label={t('typeWords', { words: typed })} longest={200} value={words} onInput={setWords} />
        )}
        <button type="submit" class="button strong" aria-disabled={!isReady}>
          {change.isBusy ? t('sending') : title}
        </button>
        <Refusal failure={change.failure} />
      </form>
    </details>
  );
}

type TextProps = Pick<Field, 'label' | 'longest' | 'lines'> & { value: string; onInput: (value: string) => void };

function TextField({ label, longest, lines = 1, value, onInput }: TextProps) {
  const id = useId();
  const take = ({ currentTarget }: TargetedEvent<HTMLInputElement | HTMLTextAreaElement>): void =>
    onInput(currentTarget.value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {lines > 1 ? (
        <textarea id={id} rows={lines} maxLength={longest} value={value} spellcheck={false} onInput={take} />
      ) : (
        <input id={id} type="text" autocomplete="off" maxLength={longest} value={value} onInput={take} />
      )}
    </div>
  );
}
