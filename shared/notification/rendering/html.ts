import { Eta } from 'eta/core';

/** Everything between `<%=` and `%>` is escaped; a template has no raw output. */
const eta = new Eta({ autoEscape: true, useWith: false });

/**
 * A function that fills an Eta template with a view. The template is compiled on first use, because compiling takes
 * longer than rendering and not every invocation sends.
 */
export function htmlFrom<View extends object>(source: string): (view: View) => string {
  let compiled: ReturnType<typeof eta.compile> | undefined;
  return (view) => {
    compiled ??= eta.compile(source);
    return eta.render(compiled, view);
  };
}
