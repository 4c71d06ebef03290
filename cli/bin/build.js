// Builds the packages of a clone when a build is missing or older than its sources. With nothing to do it takes the time
// of a few hundred file stats. An installed package has its build with it and nothing here to do.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const packages = ['protocol', 'backends', 'sdk', 'embed', 'collector', 'processor', 'dashboard', 'cli']
const stateFolder = join(root, 'node_modules', '.cache', 'trailstitch')
const stampFile = join(stateFolder, 'built')
const lockFolder = join(stateFolder, 'building')
const lookMs = 100

/** Any number of processes may call this at once: one builds, the others wait for it. */
export async function buildMissing() {
  if (!existsSync(join(root, 'turbo.json')) || isBuilt()) return
  mkdirSync(stateFolder, { recursive: true })
  await takeLock()
  try {
    if (!isBuilt()) build()
  } finally {
    rmSync(lockFolder, { recursive: true, force: true })
  }
}

function isBuilt() {
  if (!packages.every((name) => existsSync(entryOf(join(root, name))))) return false
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint()
}

/** The built file that stands for all of a package's. */
function entryOf(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, exports['.'].default)
}

/** Names, sizes and times of everything a build is made from. */
function fingerprint() {
  const hash = createHash('sha256')
  for (const name of packages) {
    const folder = join(root, name)
    for (const entry of readdirSync(folder).sort()) {
      if (/^(src|web|scripts|build|package\.json|tsconfig.*\.json|.*\.config\.[a-z]+)$/.test(entry))
        addTo(hash, join(folder, entry))
    }
  }
  return hash.digest('hex')
}

function addTo(hash, path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) {
    hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`)
    return
  }
  for (const entry of readdirSync(path).sort()) addTo(hash, join(path, entry))
}

function build() {
  console.error('trailstitch: building what is missing; this takes a moment …')
  // Before the build: sources that change meanwhile make the next start build again.
  const stamp = fingerprint()
  const turbo = join(root, 'node_modules', 'turbo', 'bin', 'turbo')
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [turbo, 'run', 'build', '--output-logs=errors-only', '--no-color'],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
    },
  )
  if (status !== 0) {
    console.error(`${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}trailstitch: the build failed.`)
    rmSync(lockFolder, { recursive: true, force: true })
    process.exit(1)
  }
  const draft = `${stampFile}.${process.pid}`
  writeFileSync(draft, stamp)
  renameSync(draft, stampFile)
}

/** A folder is made by exactly one of any number of processes. The lock of a process that is gone counts for nothing. */
async function takeLock() {
  for (;;) {
    try {
      mkdirSync(lockFolder)
      writeFileSync(join(lockFolder, 'pid'), String(process.pid))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (isAbandoned()) rmSync(lockFolder, { recursive: true, force: true })
    else await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

function isAbandoned() {
  try {
    process.kill(Number(readFileSync(join(lockFolder, 'pid'), 'utf8')), 0)
    return false
  } catch (error) {
    // No such process. A lock without its pid is just being made, unless it stays like that.
    if (error.code === 'ESRCH') return true
    return (
      error.code === 'ENOENT' &&
      Date.now() - (statSync(lockFolder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 5_000
    )
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildMissing()
