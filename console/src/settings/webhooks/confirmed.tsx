import { useState } from 'preact/hooks';

type ConfirmedProps = {
  label: string;
  confirmation: string;
  isBusy: boolean;
  isDangerous?: boolean;
  onConfirmed: () => void;
};

/** A button for what cannot be undone. The first click says what the second one does. */
export function Confirmed({ label, confirmation, isBusy, isDangerous = false, onConfirmed }: ConfirmedProps) {
  const [isAsked, setAsked] = useState(false);
  const click = (): void => {
    if (isBusy) return;
    setAsked(!isAsked);
    if (isAsked) onConfirmed();
  };
  return (
    <button
      type="button"
      class={`button ${isDangerous ? 'quiet danger' : ''}`}
      aria-disabled={isBusy}
      onBlur={() => setAsked(false)}
      onClick={click}
    >
      {isAsked ? confirmation : label}
    </button>
  );
}
