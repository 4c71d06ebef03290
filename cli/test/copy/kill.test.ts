import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { openStore, type Store, systemDeps } from '@trailstitch/backends'
import { expect, onTestFinished, test } from 'vitest'
import { type MongoProxy, proxyTo } from '../../../processor/test/stitch/mongo-proxy.ts'
import { type Ended, runCli } from '../run-cli.ts'
import { eventually } from '../spawn-cli.ts'
import {
  chunkOf,
  createStoreUrls,
  eventOf,
  fillShort,
  fillStore,
  knownChunk,
  mongoServer,
  needsMongo,
  readAnswers,
  stitchAll,
  withStore,
} from './stores.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const same: Partial<Ended> = { exitCode: 0, stdout: expect.stringContaining('Both sides hold the same.') as string }
const copy = (from: string, to: string): Promise<Ended> => runCli(['copy', '--from', from, '--to', to])

/** `npm run test:long`. */
const isLongForm = process.env.TRAILSTITCH_LONG === '1'

/** Three pages of events. */
const manyEvents = 12_000

async function fillLong(url: string): Promise<void> {
  await fillStore(url, 21)
  await withStore(url, async (store) => {
    for (let seq = 1; seq <= 6; seq++) {
      const events = Array.from({ length: manyEvents / 6 }, (_, index) =>
        eventOf(`m${seq}-${index}`, { anonymousId: `long${index % 40}`, timestamp: 1_767_600_000_000 + index * 1000 }),
      )
      await store.append([chunkOf(seq, events)])
    }
    await stitchAll(store)
  })
}

/** Runs the command as a process of its own and kills it as soon as the target has a part of the events. */
async function copyAndKill(from: string, to: string): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=source', main, 'copy', '--from', from, '--to', to], {
    env: { PATH: process.env.PATH },
    stdio: 'ignore',
  })
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_code, signal) => resolve(signal)))
  onTestFinished(async () => void child.kill('SIGKILL'))
  const target = await openStore(to, systemDeps)
  try {
    await eventually(async () => ((await target.records.count()).length > 0 ? true : undefined), 60_000)
    child.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    // The numbers are the last to be copied.
    expect((await target.records.read('numbers', null, 10)).items).toEqual([])
  } finally {
    await target.close()
  }
}

async function surviveKill(from: string, to: string): Promise<void> {
  await fillLong(from)
  await copyAndKill(from, to)
  expect(await copy(from, to)).toMatchObject(same)
  expect(await readAnswers(to)).toEqual(await readAnswers(from))
}

test('a copy that is killed -9 in the middle is completed by the same command', async () => {
  const urls = createStoreUrls()
  await surviveKill(urls.sqlite('from'), urls.sqlite('to'))
}, 120_000)

test.skipIf(mongoServer === '')(
  `so it is into MongoDB ${needsMongo}`,
  async () => {
    const urls = createStoreUrls()
    await surviveKill(urls.sqlite('from'), urls.mongo('to'))
  },
  300_000,
)

/** The way to a MongoDB through a proxy. A client gives up at once when it is cut off. */
async function openProxy(url: string): Promise<{ proxy: MongoProxy; proxied: string }> {
  const options = 'serverSelectionTimeoutMS=100&retryWrites=false&retryReads=false'
  const { proxy, url: proxied } = await proxyTo(url, options)
  return { proxy, proxied }
}

test.skipIf(mongoServer === '').each([true, false])(
  `a copy into MongoDB that breaks off at any change, the server having it or not (%s), is completed ${needsMongo}`,
  async (delivered) => {
    const urls = createStoreUrls()
    const from = urls.sqlite('from')
    await withStore(from, fillShort)
    const expected = await readAnswers(from)
    // The short form takes turns: at every second change the server has it.
    const [first, step] = isLongForm ? [1, 1] : [delivered ? 1 : 2, 2]
    for (let change = first, ended = false; !ended; change += step) {
      const to = urls.mongo(`to${change}`)
      await withStore(to, async () => undefined) // sets it up
      const { proxy, proxied } = await openProxy(to)
      proxy.cutAt(change, delivered)
      const broken = await copy(from, proxied)
      await proxy.close()
      ended = broken.exitCode === 0
      if (!ended) expect(broken).toMatchObject({ exitCode: 1, stdout: '' })
      // By then the lease of the one that broke off has ended.
      const now = (): number => Date.now() + 60_000
      expect(await runCli(['copy', '--from', from, '--to', to], { now })).toMatchObject(same)
      expect(await readAnswers(to)).toEqual(expected)
    }
  },
  300_000,
)

test.skipIf(mongoServer === '')(
  `a chunk that a processor left half taken in is told, and copied once it is finished ${needsMongo}`,
  async () => {
    const urls = createStoreUrls()
    const [from, to] = [urls.mongo('from'), urls.sqlite('to')]
    await fillStore(from, 23)
    const chunk = chunkOf(4, [eventOf('half')], { collector: knownChunk.collector })
    const { proxy, proxied } = await openProxy(from)
    const killed: Store = await openStore(proxied, systemDeps)
    proxy.cutAt(4, true) // its number, its claims and its body are there by then
    await expect(killed.append([chunk])).rejects.toThrow()
    await killed.close()
    await proxy.close()

    const told = await copy(from, to)
    expect(told).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^trailstitch: copy_differs:/) })
    expect(told.stderr).toMatch(/- chunks that a processor began and has not finished: 1\nStart a processor/)
    expect(await withStore(from, (store) => store.append([chunk]))).toMatchObject([{ redelivered: false, stored: 1 }])
    expect(await copy(from, to)).toMatchObject(same)
    expect(await readAnswers(to)).toEqual(await readAnswers(from))
    expect(await withStore(to, (store) => store.append([chunk]))).toMatchObject([{ redelivered: true }])
  },
  60_000,
)
