import { defineConfig } from 'tsup'
import { internalNames } from './build/internal-names.js'

/** The entries of the npm package. Types are made by `tsc`. */
export default defineConfig({
  entry: ['src/index.ts', 'src/node.ts', 'src/node/{express,fastify}.ts', 'src/edge.ts', 'src/plugins/*.ts'],
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  splitting: true,
  sourcemap: false,
  minifySyntax: true,
  clean: true,
  outDir: 'dist',
  esbuildOptions(options) {
    // A page's bundler shortens variables, but not the names of fields.
    options.mangleProps = internalNames
  },
})
