import { useId } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import type { Show } from '#console/base/search.ts';
import { instantOf, localTimeOf } from '#console/base/times.ts';
import { FilterPanel } from '#console/parts/filter-panel.tsx';
import { STATUSES } from './actions.ts';
import { TEXTS, type TextName } from './texts.ts';
import { type FilterName, type Filters, searchOf } from './view.ts';

type Props = { filters: Filters; show: Show };

/** The filters of the list, and fields that open an order or a customer by its id. */
export function OrderFilters({ filters, show }: Props) {
  const set = (name: FilterName, value: string): void => {
    const { [name]: before = '', ...others } = filters;
    if (value !== before) show(searchOf({ kind: 'list', filters: { ...others, ...(value && { [name]: value }) } }));
  };
  return (
    <FilterPanel>
      <div class="filter-fields">
        <StatusChoice value={filters.status ?? ''} onChange={(value) => set('status', value)} />
        <TimeField label="from" value={filters.from} onChange={(value) => set('from', value)} />
        <TimeField label="to" value={filters.to} onChange={(value) => set('to', value)} />
        <OpenById label="openOrder" onOpen={(id) => show(searchOf({ kind: 'order', id }))} />
        <OpenById label="openCustomer" onOpen={(id) => show(searchOf({ kind: 'customer', id }))} />
      </div>
    </FilterPanel>
  );
}

type FieldProps = { value: string | undefined; onChange: (value: string) => void };

function StatusChoice({ value = '', onChange }: FieldProps) {
  const t = useTexts(TEXTS);
  const id = useId();
  // A URL may name a status of a newer release.
  const offered = value === '' || STATUSES.includes(value) ? STATUSES : [...STATUSES, value];
  return (
    <div class="field">
      <label for={id}>{t('status')}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">{t('any')}</option>
        {offered.map((status) => (
          <option key={status} value={status}>
            {t.value('status', status)}
          </option>
        ))}
      </select>
    </div>
  );
}

function TimeField({ label, value, onChange }: FieldProps & { label: TextName }) {
  const t = useTexts(TEXTS);
  const id = useId();
  const local = localTimeOf(value);
  return (
    <div class="field">
      <label for={id}>{t(label)}</label>
      <input
        id={id}
        type="datetime-local"
        value={local}
        // A field may show less than the filter contains, so only a change applies.
        onBlur={({ currentTarget }) => currentTarget.value !== local && onChange(instantOf(currentTarget.value))}
      />
    </div>
  );
}

function OpenById({ label, onOpen }: { label: TextName; onOpen: (id: string) => void }) {
  const t = useTexts(TEXTS);
  const id = useId();
  const open = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const typed = form instanceof HTMLFormElement ? String(new FormData(form).get('id') ?? '').trim() : '';
    if (typed) onOpen(typed);
  };
  return (
    <form class="field" onSubmit={open}>
      <label for={id}>{t(label)}</label>
      <span class="field-with-button">
        <input
          id={id}
          name="id"
          type="text"
          autocomplete="off"
          spellcheck={false}
          maxLength={64}
          placeholder={t('idHint')}
        />
        <button type="submit" class="button" aria-label={t(label)}>
          {t('open')}
        </button>
      </span>
    </form>
  );
}
