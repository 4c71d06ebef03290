import { transform } from 'esbuild'
import { internalNames } from './build/internal-names.js'

/** The script-tag file, served as /sdk/v1.js. Rollup joins the modules, esbuild takes the types out and minifies. */
const typescript = {
  name: 'typescript',
  transform: (code, id) => transform(code, { loader: 'ts', target: 'es2022', sourcefile: id, sourcemap: true }),
}

const minify = {
  name: 'minify',
  renderChunk: (code) => transform(code, { minify: true, target: 'es2022', mangleProps: internalNames }),
}

export default {
  input: 'src/script.ts',
  output: { file: 'dist/v1.js', format: 'iife' },
  plugins: [typescript, minify],
}
