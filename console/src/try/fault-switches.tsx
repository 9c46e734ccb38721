import { useTexts } from '#console/base/context.ts';
import type { Faults } from './calls.ts';
import { TEXTS } from './texts.ts';
import type { useFaults } from './use-faults.ts';

type Props = { names: readonly string[] } & ReturnType<typeof useFaults>;

/** The faults that a stage of this machine can switch on, each with what breaks and what Counterfoil does. */
export function FaultSwitches({ names, faults, hasFailed, choose }: Props) {
  const t = useTexts(TEXTS);
  return (
    <section class="try-faults" aria-labelledby="faults">
      <div class="try-faults-head">
        <h2 id="faults">{t('faults')}</h2>
        <p class="sub">{t('faultsLead')}</p>
      </div>
      <p class="fault" role="alert">
        {hasFailed ? t('faultFailed') : ''}
      </p>
      {faults?.foreign && <p class="sub">{t('foreignFault')}</p>}
      <ul>
        {names.map((name) => (
          <FaultSwitch key={name} name={name} isOn={faults?.on?.name === name} choose={choose} />
        ))}
      </ul>
    </section>
  );
}

type SwitchProps = { name: string; isOn: boolean; choose: (fault: string | undefined) => Promise<void> };

function FaultSwitch({ name, isOn, choose }: SwitchProps) {
  const t = useTexts(TEXTS);
  return (
    <li class="try-fault" data-on={isOn}>
      <button type="button" role="switch" aria-checked={isOn} onClick={() => choose(isOn ? undefined : name)}>
        <span>{t.value('fault', name)}</span>
        <span class="try-toggle" aria-hidden="true" />
      </button>
      <p class="sub">
        {t.value('breaks', name)} {t.value('does', name)}
      </p>
    </li>
  );
}

/** The fault that is on, where a person looks at what it does. */
export function FaultBanner({ faults, choose }: Pick<Props, 'faults' | 'choose'>) {
  const t = useTexts(TEXTS);
  const on = faults?.on;
  return (
    <div role="status">
      {on && (
        <div class="try-banner">
          <div>
            <strong>{t.value('fault', on.name)}</strong>
            <p>{t.value('breaks', on.name)}</p>
            <p>{t.value('does', on.name)}</p>
            <Remaining on={on} />
          </div>
          <button type="button" class="button" onClick={() => choose(undefined)}>
            {t('switchOff')}
          </button>
        </div>
      )}
    </div>
  );
}

/** The seconds change, and are not announced again each time. */
function Remaining({ on: { endsAt, hits } }: { on: NonNullable<Faults['on']> }) {
  const t = useTexts(TEXTS);
  const seconds = Math.max(0, Math.round((Date.parse(endsAt) - Date.now()) / 1000));
  return (
    <p class="sub" aria-live="off">
      {t('faultIsOn', { seconds })} · {t('faultHits', { count: hits })}
    </p>
  );
}
