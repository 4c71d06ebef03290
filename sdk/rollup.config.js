import { transform } from 'esbuild'
import { internalNames } from './build/internal-names.js'

/** The script-tag files that collectors serve under /sdk/: the core with page views, and the core with all plugins. Rollup joins the modules, esbuild takes the types out and minifies. */
const typescript = {
  name: 'typescript',
  transform: (code, id) => transform(code, { loader: 'ts', target: 'es2022', sourcefile: id, sourcemap: true }),
}

const minify = {
  name: 'minify',
  renderChunk: (code) => transform(code, { minify: true, target: 'es2022', mangleProps: internalNames }),
}

export default ['script', 'script-all'].map((entry) => ({
  input: `src/${entry}.ts`,
  output: { file: `dist/${entry.replace('script', 'v1')}.js`, format: 'iife' },
  plugins: [typescript, minify],
}))
