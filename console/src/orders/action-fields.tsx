import { useId } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import type { Action } from './actions.ts';
import type { Input } from './input.ts';
import { minorUnitsIn } from './money.ts';
import { TEXTS } from './texts.ts';

type Props = { action: Action; input: Input; onInput: (input: Input) => void; currency: string };

/** The fields of an action. */
export function ActionFields({ action, input, onInput, currency }: Props) {
  const t = useTexts(TEXTS);
  const field = (name: keyof Input, label: string, most: number) => ({
    label,
    most,
    value: input[name],
    onInput: (value: string) => onInput({ ...input, [name]: value }),
  });
  if (action === 'cancel') return <Field {...field('reason', t('cancelReason'), 500)} />;
  if (action !== 'items') return null;
  const isInvalid = input.unitPrice.trim() !== '' && minorUnitsIn(input.unitPrice, currency) === undefined;
  return (
    <div class="action-fields">
      <Field {...field('sku', t('sku'), 64)} />
      <Field {...field('description', t('description'), 200)} />
      <Field {...field('quantity', t('quantity'), 7)} mode="numeric" />
      <Field
        {...field('unitPrice', t('unitPriceIn', { currency }), 20)}
        mode="decimal"
        {...(isInvalid && { fault: t('priceInvalid', { currency }) })}
      />
    </div>
  );
}

type FieldProps = {
  label: string;
  value: string;
  most: number;
  mode?: 'text' | 'numeric' | 'decimal';
  fault?: string;
  onInput: (value: string) => void;
};

function Field({ label, value, most, mode = 'text', fault, onInput }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode={mode}
        autocomplete="off"
        maxLength={most}
        value={value}
        aria-invalid={fault !== undefined}
        aria-describedby={fault && `${id}-fault`}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      {fault && (
        <span id={`${id}-fault`} class="fault">
          {fault}
        </span>
      )}
    </div>
  );
}
