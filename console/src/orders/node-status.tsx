import { useTexts } from '#console/base/context.ts';
import { Icon } from '#console/parts/icons.tsx';
import { lookOf } from '#console/parts/looks.ts';
import { Foreign } from '#console/parts/parts.tsx';
import { type CauseNode, statusOf } from './causes.ts';
import { TEXTS } from './texts.ts';

/** The status of a node as word, icon and colour. Nothing for what has none. */
export function NodeStatus({ node }: { node: CauseNode }) {
  const t = useTexts(TEXTS);
  const status = statusOf(node);
  if (status === undefined) return null;
  const { tone, icon } = lookOf(status);
  return (
    <span class="node-status" data-tone={tone}>
      <Icon name={icon} />
      <Foreign text={t.value('status', status)} />
    </span>
  );
}
