import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Heights, type Part, partsOf, type Span, startsOf } from './row-window.ts';

/** The height of a row until one was seen. */
const ASSUMED_PX = 48;
/** What is in the document above and below the visible part, so that scrolling shows no empty space. */
const MARGIN_PX = 400;
/** The rows in the document change after scrolling so far, and not with each pixel. */
const STEP_PX = 200;

const AT_THE_TOP: Span = { from: -MARGIN_PX, to: 4 * MARGIN_PX };

/**
 * Keeps a long table fast: `parts` are the rows to draw, with gaps for those that are far from the visible part of the
 * page. A row that has the focus stays in the document with its neighbours, so that Tab leads to them. If the focused row
 * leaves the list, the row in its place gets the focus.
 *
 * The rows keep their position on the screen by the scroll anchoring of the browser.
 * @param ids of all rows. Each row that is drawn has its id in `data-row`.
 * @param opened the row that a dialog is about. It stays in the document, because it gets the focus back.
 */
export function useVirtualRows(ids: readonly string[], opened: string | undefined) {
  const body = useRef<HTMLTableSectionElement>(null);
  const heights = useRef<Heights>({ usual: ASSUMED_PX, byId: new Map() });
  const [span, setSpan] = useState(AT_THE_TOP);
  const [, drawAgain] = useState({});
  const { focused, handlers } = useFocusedRow(body, ids);
  const starts = startsOf(ids, heights.current);
  const follow = (): void => {
    if (body.current) setSpan((before) => spanOf(body.current, before));
  };
  useEffect(() => {
    let widthPx = innerWidth;
    const resize = (): void => {
      follow();
      if (widthPx === innerWidth) return;
      widthPx = innerWidth;
      heights.current = { usual: heights.current.usual, byId: new Map() };
      drawAgain({});
    };
    addEventListener('scroll', follow, { passive: true });
    addEventListener('resize', resize);
    return () => {
      removeEventListener('scroll', follow);
      removeEventListener('resize', resize);
    };
  }, []);
  useLayoutEffect(() => {
    if (measure(body.current, heights.current)) drawAgain({});
    follow();
  });
  const kept = [...new Set([...around(ids, focused), ...around(ids, opened)])].sort((one, other) => one - other);
  return { body, handlers, parts: partsOf(starts, span, kept) satisfies Part[] };
}

/** The visible part of a table, in steps. */
function spanOf(body: HTMLElement | null, before: Span): Span {
  const top = body?.getBoundingClientRect().top ?? 0;
  const from = Math.floor(-top / STEP_PX) * STEP_PX - MARGIN_PX;
  const to = Math.ceil((innerHeight - top) / STEP_PX) * STEP_PX + MARGIN_PX;
  return from === before.from && to === before.to ? before : { from, to };
}

/** Notes the heights of the rows in the document. Returns whether one differs from what was assumed. */
function measure(body: HTMLElement | null, heights: Heights): boolean {
  const rows = [...(body?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
  const measured = rows.map((row) => [row.dataset.row ?? '', row.getBoundingClientRect().height] as const);
  const isFirst = heights.byId.size === 0;
  const differs = measured.some(([id, height]) => Math.abs((heights.byId.get(id) ?? heights.usual) - height) >= 1);
  for (const [id, height] of measured) heights.byId.set(id, height);
  // What is assumed changes only once for a width of the page, so that what is below stays where it is.
  if (isFirst && measured.length > 0)
    heights.usual = measured.reduce((sum, [, height]) => sum + height, 0) / measured.length;
  return differs;
}

/** The index of a row, and those beside it; none if it is not in the list. */
function around(ids: readonly string[], id: string | undefined): number[] {
  const index = id === undefined ? -1 : ids.indexOf(id);
  return index < 0 ? [] : [index - 1, index, index + 1];
}

/** The row that has the focus, also while rows around it come and go. */
function useFocusedRow(body: { current: HTMLElement | null }, ids: readonly string[]) {
  const [focused, setFocused] = useState<string>();
  const place = useRef(0);
  const index = focused === undefined ? -1 : ids.indexOf(focused);
  if (index >= 0) place.current = index;
  useLayoutEffect(() => {
    if (focused === undefined || document.activeElement !== document.body) return;
    // The row has left the document. Without this, a keyboard would begin again at the top of the page.
    const next = index >= 0 ? focused : ids[Math.min(place.current, ids.length - 1)];
    setFocused(next);
    if (next !== undefined) focusRow(body.current, next, { preventScroll: true });
  });
  const handlers = {
    onFocusIn: ({ target }: FocusEvent) => setFocused(rowIdOf(target)),
    // A row that leaves the document loses the focus, too, and is not connected any more after that.
    onFocusOut: ({ target, relatedTarget }: FocusEvent) => {
      // The next element gets the focus after this event, so it is not the active one yet.
      if (relatedTarget instanceof Node && body.current?.contains(relatedTarget)) return;
      queueMicrotask(() => {
        if (target instanceof Node && target.isConnected && !body.current?.contains(document.activeElement))
          setFocused(undefined);
      });
    },
  };
  return { focused, handlers };
}

const rowIdOf = (target: EventTarget | null): string | undefined =>
  target instanceof Element ? target.closest<HTMLElement>('[data-row]')?.dataset.row : undefined;

/** Gives a row the focus, if it is in the document. */
export function focusRow(within: ParentNode | null, id: string, options?: FocusOptions): void {
  within?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"] a`)?.focus(options);
}
