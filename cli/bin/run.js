import { buildMissing } from './build.js'

await buildMissing()
// By its address: it is not there until it is built, which a check of imports would take for a mistake.
await import(new URL('../dist/main.js', import.meta.url).href)
