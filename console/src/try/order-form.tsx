import { useId, useState } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { type Failure, isLost } from '#console/base/failure.ts';
import { Icon } from '#console/parts/icons.tsx';
import { Foreign } from '#console/parts/parts.tsx';
import { ADDRESSES, COUNTS, type Draft, type DraftLine, FIRST_DRAFT } from './draft.ts';
import { TEXTS, type TextName } from './texts.ts';

type Props = { isBusy: boolean; failure: Failure | undefined; onPlace: (draft: Draft) => Promise<void> };

/** The form of an order. Its first content can be sent as it is. */
export function OrderForm({ isBusy, failure, onPlace }: Props) {
  const t = useTexts(TEXTS);
  const [draft, setDraft] = useState(FIRST_DRAFT);
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!isBusy) void onPlace(draft);
  };
  return (
    <form class="try-form" onSubmit={submit} aria-labelledby="order-form">
      <h2 id="order-form">{t('orderForm')}</h2>
      <Recipient draft={draft} set={set} />
      <details>
        <summary>{t('nameAndLines')}</summary>
        <div class="try-lines">
          <Field label={t('name')} value={draft.name} onInput={(name) => set({ name })} isRequired />
          <Lines lines={draft.lines} onChange={(lines) => set({ lines })} />
        </div>
      </details>
      <button type="submit" class="button strong" aria-disabled={isBusy}>
        {t(isBusy ? 'placing' : 'place')}
      </button>
      <p class="fault" role="alert">
        {failure && <Problem failure={failure} />}
      </p>
    </form>
  );
}

function Problem({ failure }: { failure: Failure }) {
  const t = useTexts(TEXTS);
  if (failure.kind === 'problem') return <Foreign text={failure.detail || failure.title} />;
  return <>{t(isLost(failure) ? 'answerLost' : 'errorTitle')}</>;
}

type PartProps = { draft: Draft; set: (change: Partial<Draft>) => void };

/** Where the messages of the order go, and how many orders are placed. */
function Recipient({ draft, set }: PartProps) {
  const t = useTexts(TEXTS);
  return (
    <>
      <Choice
        label="address"
        value={draft.address}
        values={ADDRESSES}
        textOf={(one) => t(`address.${one}`)}
        onChoose={(address) => set({ address })}
        hint={t('addressHint')}
      />
      {draft.address === 'own' && (
        <Field
          label={t('ownAddress')}
          inputMode="email"
          value={draft.ownAddress}
          onInput={(ownAddress) => set({ ownAddress })}
          isRequired
        />
      )}
      <Field
        label={t('phone')}
        inputMode="tel"
        value={draft.phone}
        onInput={(phone) => set({ phone })}
        hint={t('phoneHint')}
      />
      <Choice
        label="count"
        value={draft.count}
        values={COUNTS}
        textOf={(one) => t.value('count', String(one))}
        onChoose={(count) => set({ count })}
      />
    </>
  );
}

function Lines({ lines, onChange }: { lines: readonly DraftLine[]; onChange: (lines: readonly DraftLine[]) => void }) {
  const t = useTexts(TEXTS);
  const change = (index: number, part: Partial<DraftLine>): void =>
    onChange(lines.map((line, at) => (at === index ? { ...line, ...part } : line)));
  return (
    <>
      {lines.map((line, index) => {
        const count = index + 1;
        return (
          <div key={index} class="try-line">
            <Field
              label={t('description', { count })}
              value={line.description}
              onInput={(description) => change(index, { description })}
              isRequired
            />
            <Field
              label={t('quantity', { count })}
              inputMode="numeric"
              value={line.quantity}
              onInput={(quantity) => change(index, { quantity })}
              isRequired
            />
            <Field
              label={t('unitPrice', { count })}
              inputMode="decimal"
              value={line.unitPrice}
              onInput={(unitPrice) => change(index, { unitPrice })}
              isRequired
            />
            <button
              type="button"
              class="icon-button"
              aria-label={t('removeLine', { count })}
              title={t('removeLine', { count })}
              onClick={() => onChange(lines.filter((_, at) => at !== index))}
            >
              <Icon name="cross" />
            </button>
          </div>
        );
      })}
      <button
        type="button"
        class="button quiet"
        onClick={() => onChange([...lines, { description: '', quantity: '1', unitPrice: '1.00' }])}
      >
        {t('addLine')}
      </button>
    </>
  );
}

type FieldProps = {
  label: string;
  value: string;
  onInput: (value: string) => void;
  inputMode?: 'numeric' | 'decimal' | 'email' | 'tel';
  hint?: string;
  isRequired?: boolean;
};

function Field({ label, value, onInput, inputMode, hint, isRequired = false }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        value={value}
        autoComplete="off"
        required={isRequired}
        {...(inputMode && { inputMode })}
        {...(hint && { 'aria-describedby': `${id}-hint` })}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      {hint && (
        <span class="sub" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}

type ChoiceProps<Value extends string | number> = {
  label: TextName;
  value: Value;
  values: readonly Value[];
  textOf: (value: Value) => string;
  onChoose: (value: Value) => void;
  hint?: string;
};

function Choice<Value extends string | number>({ label, value, values, textOf, onChoose, hint }: ChoiceProps<Value>) {
  const t = useTexts(TEXTS);
  const id = useId();
  const choose = (chosen: string): void => {
    const found = values.find((one) => String(one) === chosen);
    if (found !== undefined) onChoose(found);
  };
  return (
    <div class="field">
      <label for={id}>{t(label)}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {values.map((one) => (
          <option key={one} value={one}>
            {textOf(one)}
          </option>
        ))}
      </select>
      {hint && <span class="sub">{hint}</span>}
    </div>
  );
}
