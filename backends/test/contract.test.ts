import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type BlobFixture, blobContract } from '../src/blob/contract.ts'
import { blobBackends } from '../src/blob/registry.ts'
import type { ContractSkip } from '../src/contract.ts'
import { openBlob, openKv, openQueue, systemDeps } from '../src/index.ts'
import { type KvFixture, kvContract } from '../src/kv/contract.ts'
import { kvBackends } from '../src/kv/registry.ts'
import { type QueueFixture, queueContract } from '../src/queue/contract.ts'
import { queueBackends } from '../src/queue/registry.ts'
import { createClock } from './fixtures/clock.ts'
import { createFolder } from './fixtures/folder.ts'

/** How a backend is started for the contract. A backend in the registry that is not here does not compile. */
interface Entry<Fixture> {
  start(): Promise<Fixture>
  skips?: readonly ContractSkip[]
}

const queues: Record<keyof typeof queueBackends, Entry<QueueFixture>> = {
  sqlite: {
    async start() {
      const folder = createFolder()
      const { deps, elapse } = createClock()
      return {
        open: (name, options) => openQueue(`sqlite:${join(folder.path, `${name}.db`)}`, deps, options),
        elapse,
        stop: async () => folder.remove(),
      }
    },
  },
}

const kvs: Record<keyof typeof kvBackends, Entry<KvFixture>> = {
  memory: {
    async start() {
      const { deps, elapse } = createClock()
      return { open: () => openKv('memory:', deps), elapse, stop: async () => undefined }
    },
  },
}

const blobs: Record<keyof typeof blobBackends, Entry<BlobFixture>> = {
  file: {
    async start() {
      const folder = createFolder()
      return {
        open: (name) => openBlob(`file:${join(folder.path, name)}`, systemDeps),
        stop: async () => folder.remove(),
      }
    },
  },
}

for (const [scheme, { start, skips }] of Object.entries(queues)) queueContract(`${scheme}:`, start, skips)
for (const [scheme, { start, skips }] of Object.entries(kvs)) kvContract(`${scheme}:`, start, skips)
for (const [scheme, { start, skips }] of Object.entries(blobs)) blobContract(`${scheme}:`, start, skips)

test('every backend of every registry is under contract', () => {
  expect(Object.keys(queues)).toEqual(Object.keys(queueBackends))
  expect(Object.keys(kvs)).toEqual(Object.keys(kvBackends))
  expect(Object.keys(blobs)).toEqual(Object.keys(blobBackends))
})
