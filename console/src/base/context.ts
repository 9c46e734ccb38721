import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Language, type Texts, type Translate, textsIn } from './texts.ts';

/** The language of everything below. */
const LanguageContext = createContext<Language>('en');
export const LanguageProvider = LanguageContext.Provider;

export const useLanguage = (): Language => useContext(LanguageContext);

/** The texts of a table in the chosen language. */
export const useTexts = <Table extends Texts>(texts: Table): Translate<keyof Table & string> =>
  textsIn<keyof Table & string>(texts, useLanguage());
