import { useState } from 'preact/hooks';
import { COMMON } from '#console/base/common-texts.ts';
import type { Configuration } from '#console/base/configuration.ts';
import { useTexts } from '#console/base/context.ts';
import { type Session, signInAs } from '#console/base/session.ts';
import { Icon, Mark } from '#console/parts/icons.tsx';
import type { Issuer } from './pkce.ts';

type Props = {
  configuration: Configuration;
  hasExpired: boolean;
  /** Whether the person comes back from a sign-in that failed. */
  hasFailed: boolean;
  onSignedIn: (session: Session) => void;
};

/** The first page. On a stage of this machine, one click signs an identity in. Others lead to their issuer. */
export function SignIn({ configuration: { signIn }, hasExpired, hasFailed: hasFailedBefore, onSignedIn }: Props) {
  const t = useTexts(COMMON);
  const [chosen, setChosen] = useState<string>();
  const [hasFailed, setFailed] = useState(hasFailedBefore);
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
        ) : signIn.kind === 'pkce' ? (
          <IssuerButton issuer={signIn} hasExpired={hasExpired} />
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

/** Leads to the page of the issuer, which leads back. */
function IssuerButton({ issuer, hasExpired }: { issuer: Issuer; hasExpired: boolean }) {
  const t = useTexts(COMMON);
  const leave = async (): Promise<void> => (await import('./pkce.ts')).beginSignIn(issuer);
  return (
    <>
      <p class="lead">{hasExpired ? t('expiredLead') : t('signInIssuerLead')}</p>
      <button type="button" class="button strong" onClick={leave}>
        {t('signIn')}
      </button>
      <p class="note">{t('signInPrivacy')}</p>
    </>
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
