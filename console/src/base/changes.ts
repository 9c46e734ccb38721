import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

/** Something has changed at the stage. It says only what: the page reads it through the API. */
export type Change = { kind: string; id: string; version: number };

/** How pages learn that something has changed. */
export type Changes = {
  /** Whether changes are announced now. Otherwise, a page has to look for them itself. */
  isLive(): boolean;
  /**
   * @param listener gets what has changed; `undefined` if changes may have been missed, so everything shown may be old.
   * @returns what ends it.
   */
  listen(listener: (changes: readonly Change[] | undefined) => void): () => void;
};

/** A stage that announces nothing. */
export const NO_CHANGES: Changes = { isLive: () => false, listen: () => () => undefined };

const ChangesContext = createContext(NO_CHANGES);
export const ChangesProvider = ChangesContext.Provider;
export const useChanges = (): Changes => useContext(ChangesContext);
