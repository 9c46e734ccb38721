/**
 * Checks the options of a middleware when it is created, and not when a request arrives (a convention of middy).
 * @throws TypeError that names the unknown or missing option.
 */
export function checkedOptions<Options extends object>(
  middleware: string,
  options: Options,
  names: readonly (keyof Options & string)[],
): Options {
  const known: readonly string[] = names;
  for (const given of Object.keys(options)) {
    if (!known.includes(given)) throw new TypeError(`${middleware}: unknown option ${given}`);
  }
  for (const name of names) {
    if (options[name] === undefined) throw new TypeError(`${middleware}: option ${name} is missing`);
  }
  return options;
}
