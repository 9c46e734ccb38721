import { useState } from 'preact/hooks';
import { claimsOf, type Session } from './session.ts';

/** What people typed and have not sent, by person and place. It exists in the memory of this page only. */
const kept = new Map<string, string>();

/**
 * A text that a person types. When their session expires, it stays until they have signed in again. Another person who signs
 * in on the same page does not see it, also not under the same name.
 * @param place what the text is about.
 */
export function useDraft({ name, token }: Session, place: string): [text: string, change: (text: string) => void] {
  const key = JSON.stringify([name, claimsOf(token).sub, place]);
  const [text, setText] = useState(() => kept.get(key) ?? '');
  const change = (next: string): void => {
    if (next === '') kept.delete(key);
    else kept.set(key, next);
    setText(next);
  };
  return [text, change];
}

/** A person who signs out leaves nothing behind. */
export const forgetDrafts = (): void => kept.clear();
