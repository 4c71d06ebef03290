import { defineConfig } from 'tsup'

/** The entries of the npm package. Types are made by `tsc`. */
export default defineConfig({
  entry: ['src/index.ts', 'src/element.ts'],
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  splitting: true,
  sourcemap: false,
  minifySyntax: true,
  clean: true,
  outDir: 'dist',
})
