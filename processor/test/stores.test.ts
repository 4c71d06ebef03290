import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store, silentLog, storeBackends } from '@trailstitch/backends'
import { type StoreFixture, storeContract } from '@trailstitch/backends/store-contract'
import { expect, test } from 'vitest'
import { stitchRules } from '../src/stitch/index.ts'

/** Here and not beside the backends: a store's guarantees include stitching, and its rules are this package's. */
interface Entry {
  start(): Promise<StoreFixture>
  skips?: { reason: string; cases: string[] }[]
}

function createClock(): { deps: Parameters<typeof openStore>[1]; elapse(ms: number): Promise<void> } {
  let now = Date.UTC(2026, 0, 10, 12)
  const elapse = async (ms: number): Promise<void> => {
    now += ms
  }
  return { deps: { now: () => now, log: silentLog }, elapse }
}

const entries: Record<keyof typeof storeBackends, Entry> = {
  memory: {
    async start() {
      const { deps, elapse } = createClock()
      const shared = new Map<string, Promise<Store>>()
      // Handles of one name are the same store: it lives in this process alone.
      const open: StoreFixture['open'] = (name, options) => {
        const store = shared.get(name) ?? openStore('memory:', deps, options)
        shared.set(name, store)
        return store
      }
      return { open, elapse, stop: async () => undefined }
    },
    skips: [
      {
        reason: 'the reference store lives in one process and has one kind of handle',
        cases: ['a handle for reading sees what others write and writes nothing'],
      },
    ],
  },
  sqlite: {
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'store-contract-'))
      const { deps, elapse } = createClock()
      return {
        open: (name, options) => openStore(`sqlite:${join(folder, `${name}.db`)}`, deps, options),
        elapse,
        stop: async () => rmSync(folder, { recursive: true, force: true }),
      }
    },
  },
}

for (const [scheme, { start, skips }] of Object.entries(entries)) storeContract(`${scheme}:`, stitchRules, start, skips)

test('every store of the registry is under contract', () => {
  expect(Object.keys(entries)).toEqual(Object.keys(storeBackends))
})
