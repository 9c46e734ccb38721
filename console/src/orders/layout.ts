import type { CauseNode } from './causes.ts';

/**
 * A node in its place. Columns go from left to right by cause, rows from top to bottom. `turn` is its place in reading
 * order. All begin with 0.
 */
export type PlacedNode = { node: CauseNode; column: number; row: number; turn: number };
/** A line from a cause to its effect. */
export type Edge = { from: PlacedNode; to: PlacedNode };
export type Layout = { placed: readonly PlacedNode[]; edges: readonly Edge[]; columns: number; rows: number };

/**
 * Places the nodes of a forest: an effect stands one column right of its cause, and its first effect in the same row. So no
 * two nodes share a place, no lines cross, and the place of a node does not depend on what was caused after it by others
 * below it. The nodes are in reading order: a cause, then all that it led to, then the next cause.
 */
export function layoutOf(nodes: readonly CauseNode[]): Layout {
  const placed: PlacedNode[] = [];
  const edges: Edge[] = [];
  let rows = 0;
  // A stack instead of recursion, because a chain of causes may be long.
  const open: { node: CauseNode; from?: PlacedNode }[] = nodes.filter(({ cause }) => !cause).map((node) => ({ node }));
  open.reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, from } = next;
    const isFirst = from !== undefined && from.node.effects[0] === node;
    const row = isFirst ? from.row : rows;
    rows = Math.max(rows, row + 1);
    const place: PlacedNode = { node, column: from ? from.column + 1 : 0, row, turn: placed.length };
    placed.push(place);
    if (from) edges.push({ from, to: place });
    open.push(...node.effects.map((effect) => ({ node: effect, from: place })).reverse());
  }
  return { placed, edges, rows, columns: Math.max(0, ...placed.map(({ column }) => column + 1)) };
}
