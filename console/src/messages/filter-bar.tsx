import type { TargetedEvent } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { instantOf, localTimeOf } from '#console/base/times.ts';
import { FilterPanel } from '#console/parts/filter-panel.tsx';
import { CHANNELS, type FilterName, type Filters, filterCount, STATUSES, withFilter } from './filters.ts';
import { TEXTS, type TextName } from './texts.ts';

type Props = { filters: Filters; onChange: (filters: Filters) => void };

/** The filters of the log. Texts and times apply when the field is left or Enter is pressed, others at once. */
export function FilterBar({ filters, onChange }: Props) {
  const t = useTexts(TEXTS);
  const count = filterCount(filters);
  const { current: linked } = useRef(new Set<FilterName>());
  for (const { name } of BY_LINK) if (filters[name]) linked.add(name);
  const set = (name: FilterName) => (value: string) => {
    if (value.trim() !== (filters[name] ?? '')) onChange(withFilter(filters, name, value));
  };
  return (
    <FilterPanel count={count}>
      <form class="filter-fields" onSubmit={(event) => event.preventDefault()}>
        <Choice label="channel" group="channel" values={CHANNELS} value={filters.channel} onChange={set('channel')} />
        <Choice label="status" group="status" values={STATUSES} value={filters.status} onChange={set('status')} />
        <TextField label="purpose" value={filters.purpose} onChange={set('purpose')} />
        <TextField label="recipient" hint="recipientHint" value={filters.recipient} onChange={set('recipient')} />
        <TextField label="order" value={filters.orderId} onChange={set('orderId')} />
        {BY_LINK.map(
          ({ name, label }) =>
            linked.has(name) && <TextField key={name} label={label} value={filters[name]} onChange={set(name)} />,
        )}
        <TimeField label="from" value={filters.from} onChange={set('from')} />
        <TimeField label="to" value={filters.to} onChange={set('to')} />
        <button type="button" class="button quiet" disabled={count === 0} onClick={() => onChange({})}>
          {t('clearFilters')}
        </button>
      </form>
    </FilterPanel>
  );
}

/** Filters that a link of another page sets. They have a field from then on. */
const BY_LINK = [
  { name: 'customerId', label: 'customer' },
  { name: 'endpointId', label: 'endpoint' },
] as const satisfies readonly { name: FilterName; label: TextName }[];

type FieldProps = { label: TextName; value: string | undefined; onChange: (value: string) => void };

function Choice({
  label,
  group,
  values,
  value = '',
  onChange,
}: FieldProps & { group: 'channel' | 'status'; values: readonly string[] }) {
  const t = useTexts(TEXTS);
  const id = useId();
  // A URL may name a value of a newer release.
  const offered = value === '' || values.includes(value) ? values : [...values, value];
  return (
    <div class="field">
      <label for={id}>{t(label)}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">{t('any')}</option>
        {offered.map((one) => (
          <option key={one} value={one}>
            {t.value(group, one)}
          </option>
        ))}
      </select>
    </div>
  );
}

type TextFieldProps = FieldProps & { type?: 'text' | 'datetime-local'; hint?: TextName };

function TextField({ label, type = 'text', hint, value = '', onChange }: TextFieldProps) {
  const t = useTexts(TEXTS);
  const id = useId();
  const [typed, setTyped] = useState(value);
  const applied = useRef(value);
  useEffect(() => {
    applied.current = value;
    setTyped(value);
  }, [value]);
  // A field may show less than the filter contains, so only a change applies, and only once.
  const apply = (): void => {
    if (typed === applied.current) return;
    applied.current = typed;
    onChange(typed);
  };
  const input = {
    id,
    value: typed,
    onInput: ({ currentTarget }: TargetedEvent<HTMLInputElement>) => setTyped(currentTarget.value),
    onBlur: apply,
    onKeyDown: ({ key }: KeyboardEvent) => key === 'Enter' && apply(),
  };
  return (
    <div class="field">
      <label for={id}>{t(label)}</label>
      {type === 'text' ? (
        <input
          {...input}
          type="text"
          autocomplete="off"
          spellcheck={false}
          maxLength={400}
          placeholder={hint && t(hint)}
        />
      ) : (
        <input {...input} type="datetime-local" />
      )}
    </div>
  );
}

const TimeField = ({ label, value, onChange }: FieldProps) => (
  <TextField
    label={label}
    type="datetime-local"
    value={localTimeOf(value)}
    onChange={(typed) => onChange(instantOf(typed))}
  />
);
