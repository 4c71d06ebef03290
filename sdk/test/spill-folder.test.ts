import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSpillFolder } from '../src/node/spill-folder.ts'
import { createNodeAnalytics } from '../src/node.ts'
import type { SpillFolder } from '../src/server/state.ts'
import { createClock } from './support/clock.ts'
import { createProcess } from './support/node.ts'
import { createServer as createTestServer } from './support/server.ts'
import { createDisk } from './support/spill.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const leaseMs = 120_000
let root = ''
let now = 1_000_000

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trailstitch-spill-'))
  now = 1_000_000
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function open(more: { maxSpillBytes?: number; writeKey?: string; spillFolder?: string } = {}): SpillFolder {
  const options = { spillFolder: root, writeKey: 'wk', endpoint: 'https://t.example', ...more }
  const folder = openSpillFolder(options, () => now)
  if (!folder) throw new Error('no folder')
  return folder
}

/** The real one, and the one that other tests use in its place. */
const kinds: Record<string, () => SpillFolder> = {
  real: open,
  'of the tests': () => {
    const clock = { ...createClock(), now: () => now }
    const process = createProcess(clock, createTestServer())
    return createDisk(clock).mount(() => process)
  },
}

describe.each(Object.entries(kinds))('a folder, %s', (_name, openFolder) => {
  test('gives back what was written, oldest first', async () => {
    const folder = openFolder()
    expect(await folder.list()).toEqual([])
    const first = await folder.write(encode('{"n":1}'))
    now += 5
    const second = await folder.write(encode('{"n":2},\n{"n":3}'))
    expect((await folder.list()).map(({ name }) => name)).toEqual([first, second])
    const taken = await folder.take(second ?? '')
    expect(new TextDecoder().decode(taken?.events)).toBe('{"n":2},\n{"n":3}')
    expect(taken?.writtenAt).toBe(now)
  })

  test('what is taken belongs to the taker for a while', async () => {
    const folder = openFolder()
    const name = (await folder.write(encode('{}'))) ?? ''
    const taken = await folder.take(name)
    expect(await folder.take(name)).toBeUndefined()
    expect(await folder.list()).toEqual([{ name: taken?.name, notBefore: now + leaseMs }])
    const given = await folder.giveBack(taken?.name ?? '')
    expect(await folder.list()).toEqual([{ name: given, notBefore: 0 }])
    expect(await folder.take(given)).toBeDefined()
  })

  test('what is replaced has the new events, what is removed is gone, and neither minds a name that is not there', async () => {
    const folder = openFolder()
    const name = (await folder.write(encode('{"n":1}'))) ?? ''
    const taken = (await folder.take(name))?.name ?? ''
    await folder.replace(taken, encode('{"n":2}'))
    const again = await folder.take(await folder.giveBack(taken))
    expect(new TextDecoder().decode(again?.events)).toBe('{"n":2}')
    await folder.remove(again?.name ?? '')
    await folder.remove(again?.name ?? '')
    expect(await folder.giveBack('1-0')).toBe('1-0')
    expect(await folder.list()).toEqual([])
  })
})

describe('on disk', () => {
  test('there is a limit on the bytes of all files together', async () => {
    const folder = open({ maxSpillBytes: 100 })
    expect(await folder.write(encode('x'.repeat(60)))).toBeDefined()
    expect(await folder.write(encode('x'.repeat(60)))).toBeUndefined()
    expect(await open({ maxSpillBytes: 100 }).write(encode('x'.repeat(41)))).toBeUndefined()
    expect(await folder.write(encode('x'.repeat(40)))).toBeDefined()
  })

  test('events of another project are never seen', async () => {
    await open({ writeKey: 'wk_other' }).write(encode('{}'))
    expect(await open().list()).toEqual([])
  })

  test('of many that take a file at once, one has it', async () => {
    const name = (await open().write(encode('{}'))) ?? ''
    const takers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => {
        now += index // leases of the same moment have the same name
        return open().take(name)
      }),
    )
    expect(takers.filter((taken) => taken !== undefined)).toHaveLength(1)
  })

  test('nobody else on the machine can read them', async () => {
    await open().write(encode('{}'))
    const [digest = ''] = readdirSync(root)
    const [file = ''] = readdirSync(join(root, digest))
    expect([statSync(join(root, digest)).mode & 0o077, statSync(join(root, digest, file)).mode & 0o077]).toEqual([0, 0])
  })

  test('what a crash left half written is no file, and goes after a while', async () => {
    await open().write(encode('{}'))
    const [digest = ''] = readdirSync(root)
    const part = join(root, digest, '0011.part')
    writeFileSync(part, '{"half":')
    utimesSync(part, now / 1_000, now / 1_000)
    expect(await open().list()).toHaveLength(1)
    expect(readdirSync(join(root, digest))).toHaveLength(2)
    now += 600_001
    expect(await open().list()).toHaveLength(1)
    expect(readdirSync(join(root, digest))).toHaveLength(1)
  })

  test('a folder that cannot be made takes nothing and has nothing', async () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    chmodSync(root, 0o700)
    const folder = open({ spillFolder: join(file, 'below') })
    expect([await folder.write(encode('{}')), await folder.list()]).toEqual([undefined, []])
  })

  test('a lease from a clock that was wrong holds nothing back for long', async () => {
    const folder = open()
    now += 10 * 365 * 86_400_000
    await folder.take((await folder.write(encode('{}'))) ?? '')
    now = 1_000_000
    expect((await folder.list()).map(({ notBefore }) => notBefore)).toEqual([now + leaseMs])
  })
})

/** A collector that remembers the numbers of the events it took. */
async function listen(): Promise<{ url: string; numbers: number[]; close(): void }> {
  const numbers: number[] = []
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
    try {
      const { batch } = JSON.parse(text) as { batch: { properties: { number: number } }[] }
      numbers.push(...batch.map(({ properties }) => properties.number))
      response.end(JSON.stringify({ success: true, accepted: batch.length, refused: [] }))
    } catch {
      response.writeHead(400).end(JSON.stringify({ success: false, code: 'invalid_json' }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    numbers,
    close: () => void server.close(),
  }
}

test('a process that is killed leaves its files whole, and the next one delivers them', async () => {
  const collector = await listen()
  const script = fileURLToPath(new URL('./support/spilling.ts', import.meta.url))
  const args = ['--conditions=source', script, root, collector.url]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data') // says so as soon as there are files, and goes on
  child.kill('SIGKILL')
  await once(child, 'exit')
  const [digest = ''] = readdirSync(root)
  const files = readdirSync(join(root, digest)).filter((name) => name.endsWith('.events'))
  expect(files.length).toBeGreaterThan(0)
  // What the disk damaged costs the damaged event alone.
  const damaged = join(root, digest, files.at(-1) ?? '')
  truncateSync(damaged, statSync(damaged).size - 1)
  const next = createNodeAnalytics(
    { writeKey: 'wk', endpoint: collector.url, spillFolder: root },
    {
      now: () => Date.now() + leaseMs + 1_000, // so that the lease of the killed process is over
      random: Math.random,
      setTimer: setTimeout,
      clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
      fetch,
      gzip: () => undefined,
    },
  )
  await expect
    .poll(() => readdirSync(join(root, digest)).filter((name) => name.endsWith('.events')), { timeout: 20_000 })
    .toEqual([])
  expect(await next.close()).toBe(true)
  expect(collector.numbers.length).toBeGreaterThan((files.length - 1) * 100)
  expect(new Set(collector.numbers).size).toBe(collector.numbers.length)
  collector.close()
})
