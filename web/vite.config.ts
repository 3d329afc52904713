// One page, one script, one style sheet, all from the program itself: its Content-Security-Policy allows nothing else.
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  ssr: { noExternal: true }, // the tests are one file too
  build: {
    target: 'es2021',
    outDir: '../build/web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { output: { entryFileNames: 'console.js', assetFileNames: 'console[extname]' } },
  },
});
