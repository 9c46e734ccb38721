import { useState } from 'preact/hooks';
import { type Language, languageFor } from './texts.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** The person’s choice of language and theme. It is stored in the browser, without anything about the person. */
export function usePreferences() {
  const [language, setLanguage] = useState<Language>(() => languageFor([stored('language'), ...navigator.languages]));
  const [theme, setTheme] = useState<Theme>(() => THEMES.find((one) => one === stored('theme')) ?? 'system');
  document.documentElement.lang = language;
  document.documentElement.dataset.theme = theme;
  return {
    language,
    theme,
    chooseLanguage(chosen: Language): void {
      store('language', chosen);
      setLanguage(chosen);
    },
    chooseTheme(chosen: Theme): void {
      store('theme', chosen);
      setTheme(chosen);
    },
  };
}

function stored(name: string): string {
  try {
    return localStorage.getItem(`counterfoil.${name}`) ?? '';
  } catch {
    // The person has forbidden storage. The choice then lasts as long as the page.
    return '';
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(`counterfoil.${name}`, value);
  } catch {
    // See `stored`.
  }
}
