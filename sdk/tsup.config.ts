import { defineConfig } from 'tsup'
import { internalNames } from './build/internal-names.js'

/** The entries of the npm package. Types are made by `tsc`. */
export default defineConfig({
  entry: [
    'index',
    'node',
    'node-elsewhere',
    'node/{express,fastify}',
    'edge',
    'react',
    'testing',
    'snippet',
    'plugins/*',
  ].map((name) => `src/${name}.ts`),
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
