import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Language, type Translate, textsIn } from './texts.ts';

/** The language of everything below, and its texts. */
const LanguageContext = createContext<Language>('en');
export const LanguageProvider = LanguageContext.Provider;

export const useLanguage = (): Language => useContext(LanguageContext);
export const useTexts = (): Translate => textsIn(useLanguage());
