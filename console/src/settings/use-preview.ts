import { useEffect, useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import type { Failure } from '#console/base/failure.ts';
import type { PreviewView } from '#shared/tenant-settings/responses.ts';
import { previewSettings } from './calls.ts';
import type { Settings } from './catalogue.ts';

/** A person who types pauses this long only when a word is complete. */
const PAUSE_MS = 250;

export type Preview = {
  /** The latest messages that could be rendered, by locale. */
  views: ReadonlyMap<string, PreviewView>;
  /** Why the present draft cannot be rendered. */
  failure?: Failure;
  /** The shown messages are older than the draft. */
  isOld: boolean;
};

/** The messages of an event as the draft would make them, in each of these locales. */
export function usePreview(api: Api, event: string, locales: readonly string[], settings: Settings): Preview {
  const key = JSON.stringify([event, locales, settings]);
  const [shown, setShown] = useState<Omit<Preview, 'isOld'> & { key: string }>({ key: '', views: new Map() });
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    const ask = async (): Promise<void> => {
      const results = await Promise.all(
        locales.map((locale) => previewSettings(api, { event, locale, settings }, signal)),
      );
      if (signal.aborted) return;
      const failure = results.flatMap((result) => ('failure' in result ? [result.failure] : []))[0];
      const views = results.flatMap((result, index) =>
        'value' in result ? [[locales[index] ?? '', result.value] as const] : [],
      );
      setShown((before) => (failure ? { key, views: before.views, failure } : { key, views: new Map(views) }));
    };
    const timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [key]);
  return { ...shown, isOld: shown.key !== key };
}
