import type { Edge, Layout, PlacedNode } from './layout.ts';

/** How the lines of a graph are drawn. All sizes are in rem, so that the graph grows with the text. */
export type Drawing = {
  sizeOf: (layout: Layout) => { width: number; height: number };
  /** The line from a cause to its effect, as the data of an SVG path. */
  pathOf: (edge: Edge) => string;
};

/** The sizes of `orders.css`, which places the nodes. */
const NODE = { width: 15, height: 3.5 } as const;
const ACROSS_STEP = { column: 17.5, row: 4.25 } as const;
const DOWN_STEP = { column: 1.25, row: 4.125 } as const;

/** From left to right: a curve from the right side of the cause to the left side of the effect. */
export const ACROSS: Drawing = {
  sizeOf: ({ columns, rows }) => ({ width: columns * ACROSS_STEP.column, height: rows * ACROSS_STEP.row }),
  pathOf: ({ from, to }) => {
    const middleOf = ({ row }: PlacedNode): number => row * ACROSS_STEP.row + NODE.height / 2;
    const [start, end] = [from.column * ACROSS_STEP.column + NODE.width, to.column * ACROSS_STEP.column];
    const bend = (start + end) / 2;
    return `M${start} ${middleOf(from)}C${bend} ${middleOf(from)} ${bend} ${middleOf(to)} ${end} ${middleOf(to)}`;
  },
};

/** From top to bottom, one node below the other: a corner from the bottom of the cause to the left side of the effect. */
export const DOWN: Drawing = {
  sizeOf: ({ columns, placed }) => ({ width: columns * DOWN_STEP.column, height: placed.length * DOWN_STEP.row }),
  pathOf: ({ from, to }) => {
    const x = (from.column + 0.5) * DOWN_STEP.column;
    const y = to.turn * DOWN_STEP.row + NODE.height / 2;
    return `M${x} ${from.turn * DOWN_STEP.row + NODE.height}V${y}H${to.column * DOWN_STEP.column}`;
  },
};
