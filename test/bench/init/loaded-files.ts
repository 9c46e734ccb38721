import { registerHooks } from 'node:module';

/** Preloaded into a process with `--import`: at its end it prints the URLs of the files that it has loaded. */
const loaded: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:')) loaded.push(url);
    return nextLoad(url, context);
  },
});
process.on('exit', () => process.stdout.write(JSON.stringify(loaded)));
