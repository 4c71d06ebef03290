import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store, silentLog, storeBackends } from '@trailstitch/backends'
import { type StoreFixture, storeContract } from '@trailstitch/backends/store-contract'
import { expect, test } from 'vitest'
import { stitchRules } from '../src/stitch/index.ts'
import { createMongoRun } from './mongo-run.ts'

/** Here and not beside the backends: a store's guarantees include stitching, and its rules are this package's. */
interface Entry {
  /** The variable that holds the server's address. Without it the suite is skipped; the test command says what is missing. */
  needs?: string
  start(): Promise<StoreFixture>
  skips?: { reason: string; cases: string[] }[]
}

function createClock(): { deps: Parameters<typeof openStore>[1] } & Pick<StoreFixture, 'elapse' | 'now'> {
  let now = Date.UTC(2026, 0, 10, 12)
  const elapse = async (ms: number): Promise<void> => {
    now += ms
  }
  return { deps: { now: () => now, log: silentLog }, elapse, now: () => now }
}

/** Each name is a database of its own, dropped at the end. */
async function startMongo(url: string): Promise<StoreFixture> {
  const { deps, ...clock } = createClock()
  const run = createMongoRun(url)
  return { open: (name, options) => openStore(run.url(name), deps, options), ...clock, stop: run.drop }
}

const entries: Record<keyof typeof storeBackends, Entry> = {
  memory: {
    async start() {
      const { deps, ...clock } = createClock()
      const shared = new Map<string, Promise<Store>>()
      // Handles of one name are the same store: it lives in this process alone.
      const open: StoreFixture['open'] = (name, options) => {
        const store = shared.get(name) ?? openStore('memory:', deps, options)
        shared.set(name, store)
        return store
      }
      return { open, ...clock, stop: async () => undefined }
    },
    skips: [
      {
        reason: 'the reference store lives in one process and has one kind of handle',
        cases: ['a handle for reading sees what others write and writes nothing'],
      },
    ],
  },
  mongodb: { needs: 'MONGO_URL', start: () => startMongo(process.env.MONGO_URL ?? '') },
  'mongodb+srv': { needs: 'MONGO_SRV_URL', start: () => startMongo(process.env.MONGO_SRV_URL ?? '') },
  sqlite: {
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'store-contract-'))
      const { deps, ...clock } = createClock()
      return {
        open: (name, options) => openStore(`sqlite:${join(folder, `${name}.db`)}`, deps, options),
        ...clock,
        stop: async () => rmSync(folder, { recursive: true, force: true }),
      }
    },
  },
}

for (const [scheme, { needs, start, skips }] of Object.entries(entries)) {
  if (needs === undefined || process.env[needs]) storeContract(`${scheme}:`, stitchRules, start, skips)
  else test.skip(`store contract, ${scheme}: (skipped: ${needs} names no server)`)
}

test('every store of the registry is under contract', () => {
  expect(Object.keys(entries)).toEqual(Object.keys(storeBackends))
})
