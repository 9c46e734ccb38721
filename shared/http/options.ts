/**
 * Checks a middleware's options when it is made, not when a request comes (middy's habit).
 * @throws TypeError naming the unknown or missing option.
 */
export function checkedOptions<Options extends object>(
  middleware: string,
  options: Options,
  names: readonly (keyof Options & string)[],
): Options {
  for (const given of Object.keys(options)) {
    if (!(names as readonly string[]).includes(given)) throw new TypeError(`${middleware}: unknown option ${given}`);
  }
  for (const name of names) {
    if (options[name] === undefined) throw new TypeError(`${middleware}: option ${name} is missing`);
  }
  return options;
}
