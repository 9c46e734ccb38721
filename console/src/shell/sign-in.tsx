import { useState } from 'preact/hooks';
import { COMMON } from '#console/base/common-texts.ts';
import type { Configuration } from '#console/base/configuration.ts';
import { useTexts } from '#console/base/context.ts';
import { type Session, signInAs } from '#console/base/session.ts';
import { Icon, Mark } from '#console/parts/icons.tsx';

type Props = { configuration: Configuration; hasExpired: boolean; onSignedIn: (session: Session) => void };

/** The first page. On a stage of this machine, one click signs an identity in. */
export function SignIn({ configuration: { signIn }, hasExpired, onSignedIn }: Props) {
  const t = useTexts(COMMON);
  const [chosen, setChosen] = useState<string>();
  const [hasFailed, setFailed] = useState(false);
  const choose = async (name: string): Promise<void> => {
    // A second click, on the same or another identity, does not sign in twice.
    if (chosen !== undefined) return;
    setChosen(name);
    setFailed(false);
    try {
      onSignedIn(await signInAs(name));
    } catch {
      setFailed(true);
      setChosen(undefined);
    }
  };
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <p class="brand">
          <Mark /> Counterfoil
        </p>
        <h1>{hasExpired ? t('expiredTitle') : t('signInTitle')}</h1>
        {signIn.kind === 'demo' ? (
          <>
            <p class="lead">{hasExpired ? t('expiredLead') : t('signInLead')}</p>
            <ul class="identities">
              {signIn.identities.map((name) => (
                <li key={name}>
                  <IdentityButton name={name} isBusy={chosen === name} onChoose={choose} />
                </li>
              ))}
            </ul>
            <p class="note">{t('signInPrivacy')}</p>
          </>
        ) : (
          <p class="lead">{t('signInUnavailable')}</p>
        )}
        <p class="fault" role="alert">
          {hasFailed ? t('signInFailed') : ''}
        </p>
      </div>
    </main>
  );
}

type IdentityProps = { name: string; isBusy: boolean; onChoose: (name: string) => Promise<void> };

function IdentityButton({ name, isBusy, onChoose }: IdentityProps) {
  const t = useTexts(COMMON);
  const operates = name === 'operator';
  return (
    <button type="button" class="identity" aria-busy={isBusy} onClick={() => onChoose(name)}>
      <span class="identity-icon">
        <Icon name={operates ? 'wrench' : 'person'} />
      </span>
      <span class="identity-text">
        <strong>{name}</strong>
        <span>{operates ? t('signInOperatorHint') : t('signInTenantHint')}</span>
      </span>
      <span class="tag">{operates ? t('signInOperator') : t('signInTenant')}</span>
    </button>
  );
}
