import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** The built package as npm would publish it. */
export interface PackedSdk {
  tarball: Buffer<ArrayBuffer>
  /** A folder with nothing in it but the package, installed. */
  folder: string
  remove(): void
}

/** Packs and installs what was built last. */
export async function packSdk(): Promise<PackedSdk> {
  const folder = mkdtempSync(join(tmpdir(), 'trailstitch-packed-'))
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root })
  const filename = /"filename": "([^"]+)"/.exec(stdout)?.[1] ?? ''
  const installed = join(folder, 'node_modules/@trailstitch/sdk')
  mkdirSync(installed, { recursive: true })
  // Deno takes only what a manifest names.
  writeFileSync(join(folder, 'package.json'), '{ "dependencies": { "@trailstitch/sdk": "*" } }')
  const file = join(folder, filename)
  await run('tar', ['-xzf', file, '--strip-components=1', '-C', installed])
  const tarball = readFileSync(file)
  rmSync(file)
  return { tarball, folder, remove: () => rmSync(folder, { recursive: true }) }
}
