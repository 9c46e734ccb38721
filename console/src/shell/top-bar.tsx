import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { COMMON, type CommonName } from '#console/base/common-texts.ts';
import { useTexts } from '#console/base/context.ts';
import { THEMES, type Theme, type usePreferences } from '#console/base/preferences.ts';
import type { Session } from '#console/base/session.ts';
import { LANGUAGES } from '#console/base/texts.ts';
import { Icon, Mark } from '#console/parts/icons.tsx';

type Props = {
  session?: Session;
  preferences: ReturnType<typeof usePreferences>;
  onSignOut: () => void;
  /** The tabs. */
  children: ComponentChildren;
};

/** The bar above every page: where we are, who is signed in, and how it is shown. */
export function TopBar({ session, preferences, onSignOut, children }: Props) {
  const t = useTexts(COMMON);
  const { language, theme, chooseLanguage, chooseTheme } = preferences;
  return (
    <header class="top">
      {session && (
        <a class="skip" href="#content">
          {t('skip')}
        </a>
      )}
      <span class="brand">
        {session && (
          <>
            <Mark /> <span class="brand-name">Counterfoil</span>
          </>
        )}
      </span>
      {children}
      <div class="top-right">
        <Choice
          label="language"
          value={language}
          values={LANGUAGES}
          textOf={(one) => one.toUpperCase()}
          onChoose={chooseLanguage}
        />
        <Choice
          label="theme"
          value={theme}
          values={THEMES}
          textOf={(one) => t(THEME_TEXTS[one])}
          onChoose={chooseTheme}
        />
        {session && (
          <>
            <span class="who" title={t('signedInAs', { name: session.name })}>
              <Icon name="person" />
              <span class="wide-text">{session.name}</span>
            </span>
            <button
              type="button"
              class="icon-button"
              aria-label={t('signOut')}
              title={t('signOut')}
              onClick={onSignOut}
            >
              <Icon name="leave" />
            </button>
          </>
        )}
      </div>
    </header>
  );
}

const THEME_TEXTS = { system: 'themeSystem', light: 'themeLight', dark: 'themeDark' } as const satisfies Record<
  Theme,
  CommonName
>;

type ChoiceProps<Value extends string> = {
  label: CommonName;
  value: Value;
  values: readonly Value[];
  textOf: (value: Value) => string;
  onChoose: (value: Value) => void;
};

function Choice<Value extends string>({ label, value, values, textOf, onChoose }: ChoiceProps<Value>) {
  const t = useTexts(COMMON);
  const id = useId();
  const choose = (chosen: string): void => {
    const found = values.find((one) => one === chosen);
    if (found !== undefined) onChoose(found);
  };
  return (
    <span class="choice">
      <label class="unseen" for={id}>
        {t(label)}
      </label>
      <select id={id} value={value} title={t(label)} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {values.map((one) => (
          <option key={one} value={one}>
            {textOf(one)}
          </option>
        ))}
      </select>
    </span>
  );
}
