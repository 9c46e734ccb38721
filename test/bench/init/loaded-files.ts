import { registerHooks } from 'node:module';

/** Preloaded into a process with `--import`. Prints the URLs of the loaded files at the end of the process. */
const loaded: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:')) loaded.push(url);
    return nextLoad(url, context);
  },
});
process.on('exit', () => process.stdout.write(JSON.stringify(loaded)));
