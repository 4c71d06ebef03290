import { defineConfig } from 'tsup'

/** The entries of the npm package. Types are made by `tsc`. */
export default defineConfig({
  entry: ['src/index.ts', 'src/node.ts'],
  format: 'esm',
  target: 'es2020',
  platform: 'neutral',
  external: [/^node:/],
  splitting: true,
  sourcemap: true,
  clean: true,
  outDir: 'dist',
})
