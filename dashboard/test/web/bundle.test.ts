import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

interface Chunk {
  file: string
  imports?: string[]
}

const folder = new URL('../../dist/web/', import.meta.url)
const manifestUrl = new URL('manifest.json', folder)
const isBuilt = existsSync(fileURLToPath(manifestUrl))
const manifest = isBuilt ? (JSON.parse(readFileSync(manifestUrl, 'utf8')) as Record<string, Chunk>) : {}

/** The scripts that these parts of the build bring along, themselves included. */
function filesOf(names: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const visit = (name: string): void => {
    const chunk = manifest[name]
    if (!chunk) throw new Error(`the build has no ${name}`)
    if (seen.has(chunk.file)) return
    seen.add(chunk.file)
    for (const each of chunk.imports ?? []) visit(each)
  }
  for (const name of names) visit(name)
  return seen
}

const kibOf = (files: Iterable<string>): number => {
  const bytes = [...files].map((file) => gzipSync(readFileSync(new URL(file, folder)), { level: 9 }).length)
  return Math.round((bytes.reduce((sum, each) => sum + each, 0) / 1024) * 10) / 10
}

const shell = ['index.html', 'app/app.tsx']

test.runIf(isBuilt)('sign-in loads at most 145 KiB of compressed script, the overview 200', () => {
  const sizes = {
    signIn: kibOf(filesOf(['index.html', 'auth/door.tsx'])),
    overview: kibOf(filesOf([...shell, 'pages/overview.tsx', 'charts/uplot.ts'])),
  }
  console.log('compressed script, KiB:', sizes)
  expect(sizes.signIn).toBeLessThanOrEqual(145)
  expect(sizes.overview).toBeLessThanOrEqual(200)
})

test.runIf(isBuilt)('no other page adds more than 60 KiB to the frame around it', () => {
  const frame = filesOf(shell)
  const sizes = Object.keys(manifest)
    .filter((name) => /^pages\/[\w-]+\.tsx$/.test(name) && name !== 'pages/overview.tsx')
    .map((name) => [name, kibOf([...filesOf([name])].filter((file) => !frame.has(file)))] as const)
  expect(sizes.length).toBeGreaterThan(3)
  console.log('compressed script of each page, KiB:', Object.fromEntries(sizes))
  for (const [name, size] of sizes) expect([name, size <= 60]).toEqual([name, true])
})
