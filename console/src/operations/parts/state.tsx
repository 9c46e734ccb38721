import { useTexts } from '#console/base/context.ts';
import { Icon } from '#console/parts/icons.tsx';
import type { Look } from '#console/parts/looks.ts';
import { TEXTS } from '../texts.ts';

type Kind = 'letter' | 'redrive' | 'step' | 'subscriber' | 'replay' | 'automatic';

const BUSY: Look = { tone: 'busy', icon: 'arrow' };
const WAITS: Look = { tone: 'busy', icon: 'clock' };
const GOOD: Look = { tone: 'good', icon: 'check' };
const BAD: Look = { tone: 'bad', icon: 'cross' };
const HALTED: Look = { tone: 'attention', icon: 'hand' };
const OVER: Look = { tone: 'quiet', icon: 'stop' };

const LOOKS: Readonly<Record<string, Look>> = {
  'letter.open': BAD,
  'letter.redriving': BUSY,
  'letter.resolved': GOOD,
  'letter.discarded': OVER,
  'redrive.planned': WAITS,
  'redrive.running': BUSY,
  'redrive.paused': HALTED,
  'redrive.stopped': OVER,
  'redrive.done': GOOD,
  'step.waiting': WAITS,
  'step.running': BUSY,
  'step.passed': GOOD,
  'step.failed': BAD,
  'subscriber.running': GOOD,
  'subscriber.pausing': HALTED,
  'subscriber.paused': HALTED,
  'subscriber.resuming': BUSY,
  'subscriber.disabled': BAD,
  'replay.running': BUSY,
  'replay.done': GOOD,
  'replay.stopped': OVER,
  'replay.failed': BAD,
  'automatic.waiting': WAITS,
  'automatic.redriving': BUSY,
  'automatic.calm': GOOD,
  'automatic.given-up': BAD,
  'automatic.ended': OVER,
};
/** A newer release may know a state that this page does not. It is shown by its name. */
const OTHER: Look = { tone: 'quiet', icon: 'dot' };

/** The state of something that operators work with, as word, icon and colour. */
export function State({ of, is }: { of: Kind; is: string }) {
  const t = useTexts(TEXTS);
  const name = `${of}.${is}`;
  const { tone, icon } = Object.hasOwn(LOOKS, name) ? (LOOKS[name] ?? OTHER) : OTHER;
  return (
    <span class="status" data-tone={tone}>
      <Icon name={icon} />
      <span>{t.value(of, is)}</span>
    </span>
  );
}
