import { useLanguage } from '#console/base/context.ts';
import { durationText, exactTime } from '#console/base/times.ts';

/** How long ago something was, like `3 min 5 s`. Hovering shows the exact time. */
export function Age({ at }: { at: string }) {
  const language = useLanguage();
  const ms = Date.now() - Date.parse(at);
  return (
    <time dateTime={at} title={exactTime(at, language)}>
      {Number.isNaN(ms) ? at : durationText(Math.max(0, Math.round(ms / 1000) * 1000), language)}
    </time>
  );
}
