import { useRef } from 'preact/hooks';
import type { Inbox } from '#console/base/inbox.ts';
import { type Entry, entriesOf } from './entries.ts';

/** The entries that arrived last, newest first. Empty until something arrives after the page was opened. */
export function useArrivals(inbox: Inbox | undefined): readonly Entry[] {
  const state = useRef<{ inbox: Inbox | undefined; arrived: readonly Entry[] }>({ inbox: undefined, arrived: [] });
  const { inbox: before } = state.current;
  if (inbox !== before) state.current = { inbox, arrived: before && inbox ? arrivedSince(before, inbox) : [] };
  return state.current.arrived;
}

const arrivedSince = (before: Inbox, inbox: Inbox): Entry[] =>
  entriesOf(inbox, { words: '' }).filter(({ list, position }) => position >= before[list].length);
