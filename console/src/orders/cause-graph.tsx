import { useMemo } from 'preact/hooks';
import { useLanguage, useTexts } from '#console/base/context.ts';
import { exactTime } from '#console/base/times.ts';
import { visibleLine } from '#console/base/visible-text.ts';
import { Icon } from '#console/parts/icons.tsx';
import { Foreign } from '#console/parts/parts.tsx';
import type { CauseNode } from './causes.ts';
import { ACROSS, DOWN, type Drawing } from './drawing.ts';
import { type Layout, layoutOf, type PlacedNode } from './layout.ts';
import { hrefOfEntry, useNaming } from './naming.ts';
import { NodeStatus } from './node-status.tsx';
import { TEXTS } from './texts.ts';
import type { Subject } from './view.ts';

type Props = { view: Subject; nodes: readonly CauseNode[] };

/**
 * The graph of causes, from left to right, and on narrow screens from top to bottom. Its nodes are links in a list, in which
 * a cause comes before its effects and is named by them, so that it can be read without seeing the lines.
 */
export function CauseGraph({ view, nodes }: Props) {
  const t = useTexts(TEXTS);
  const layout = useMemo(() => layoutOf(nodes), [nodes]);
  if (layout.placed.length === 0) return null;
  return (
    <div class="graph">
      <div class="graph-area" style={{ '--columns': layout.columns, '--rows': layout.rows, '--nodes': nodes.length }}>
        <Edges layout={layout} drawing={ACROSS} shownOn="wide" />
        <Edges layout={layout} drawing={DOWN} shownOn="narrow" />
        <ol aria-label={t('causes')}>
          {layout.placed.map((place) => (
            <Node key={place.node.id} view={view} place={place} />
          ))}
        </ol>
      </div>
    </div>
  );
}

function Edges({ layout, drawing, shownOn }: { layout: Layout; drawing: Drawing; shownOn: 'wide' | 'narrow' }) {
  const { width, height } = drawing.sizeOf(layout);
  return (
    <svg
      class="graph-edges"
      data-shown-on={shownOn}
      viewBox={`0 0 ${width} ${height}`}
      style={{ width: `${width}rem`, height: `${height}rem` }}
      aria-hidden="true"
      focusable="false"
    >
      {layout.edges.map((edge) => (
        <path key={edge.to.node.id} d={drawing.pathOf(edge)} />
      ))}
    </svg>
  );
}

function Node({ view, place: { node, column, row, turn } }: { view: Subject; place: PlacedNode }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const { nodeTitleOf } = useNaming();
  const { entry, cause } = node;
  const { title, kind, icon } = nodeTitleOf(entry);
  return (
    <li style={{ '--column': column, '--row': row, '--turn': turn }}>
      <a
        class="node"
        data-kind={entry.kind}
        href={hrefOfEntry(view, entry)}
        title={`${visibleLine(title)}\n${exactTime(entry.at, language)}`}
      >
        <Icon name={icon} />
        <span class="node-text">
          <span class="node-title">
            <Foreign text={title} />
          </span>
          <span class="node-kind">
            <Foreign text={kind} />
            <NodeStatus node={node} />
          </span>
        </span>
        {cause && (
          <span class="unseen">, {t('becauseOf', { cause: visibleLine(nodeTitleOf(cause.entry).title) })}</span>
        )}
      </a>
    </li>
  );
}
