/**
 * The variable that makes Node store compiled code and reuse it, as `npm start` sets it; none if it is not set. A process
 * that gets it starts in half the processor time.
 */
export function compileCache(): Record<string, string> {
  const folder = process.env.NODE_COMPILE_CACHE;
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}
