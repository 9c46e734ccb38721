/** An error as a dead letter keeps it: its name and its place. Its text may quote personal data. */
export type FailedWith = { name: string; frames: readonly string[] };

/** A place in our own code, in a stack frame. Bundles have source maps, so the frame names the source. */
const OWN = /((?:shared|functions)\/[\w/.-]+\.ts):(\d+)/;
const MOST_FRAMES = 3;

/** The name of an error, and the first stack frames in our code. */
export function failedWith(error: unknown): FailedWith {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const frames = (error.stack ?? '').split('\n').flatMap((line) => frameIn(line) ?? []);
  return { name: error.name, frames: frames.slice(0, MOST_FRAMES) };
}

function frameIn(line: string): string | undefined {
  if (!/^\s+at /.test(line) || line.includes('node_modules')) return undefined;
  const [, file, position] = OWN.exec(line) ?? [];
  return file === undefined ? undefined : `${file}:${position}`;
}
