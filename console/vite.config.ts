import { defineConfig } from 'vite';

/**
 * Builds the console. No file contains code or styles of another file in place, so that the Content-Security-Policy needs
 * no exception for scripts.
 */
export default defineConfig({
  root: import.meta.dirname,
  build: {
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
  },
});
