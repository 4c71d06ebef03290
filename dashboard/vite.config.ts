import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'
import { pages } from './web/pages.ts'

/** Smaller files gain nothing from compression. */
const minCompressedBytes = 1024

/** Writes each file twice more, compressed as far as it goes: the server has no work with it then. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source)
          // The page is filled in for each answer, so it is not compressed here.
          if (bytes.length < minCompressedBytes || fileName.endsWith('.html')) continue
          const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
          this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotliCompressSync(bytes, { params }) })
          this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(bytes, { level: 9 }) })
        }
      },
    },
  }
}

/** Tells the server at which addresses the page lives. */
function listPages(): Plugin {
  return {
    name: 'list-pages',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'pages.json', source: JSON.stringify(pages.map(({ path }) => path)) })
    },
  }
}

export default defineConfig({
  root: new URL('web', import.meta.url).pathname,
  base: '/dashboard/',
  // What is imported of our own packages are types alone, so nothing here depends on how they are built.
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    manifest: 'manifest.json',
    modulePreload: { polyfill: false },
    // Files of their own for everything: a data: address would need a hole in the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1024,
    rolldownOptions: {
      // Libraries mark what may run on clients; here everything does.
      onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
    },
  },
  plugins: [listPages(), precompress()],
})
