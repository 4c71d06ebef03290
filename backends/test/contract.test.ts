import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type BlobFixture, blobContract } from '../src/blob/contract.ts'
import { blobBackends } from '../src/blob/registry.ts'
import type { ContractSkip } from '../src/contract.ts'
import { type DirectoryFixture, directoryContract } from '../src/directory/contract.ts'
import { directoryBackends } from '../src/directory/registry.ts'
import { type Directory, openBlob, openDirectory, openKv, openQueue, systemDeps } from '../src/index.ts'
import { type KvFixture, kvContract } from '../src/kv/contract.ts'
import { kvBackends } from '../src/kv/registry.ts'
import { type QueueFixture, queueContract } from '../src/queue/contract.ts'
import { queueBackends } from '../src/queue/registry.ts'
import { createBucket } from './fixtures/bucket.ts'
import { createClock } from './fixtures/clock.ts'
import { createFolder } from './fixtures/folder.ts'
import { createMongoRun } from './fixtures/mongo-run.ts'
import { trustRedisCertificate } from './fixtures/redis.ts'
import { startSqs } from './fixtures/sqs.ts'

/** How a backend is started for the contract. A backend in the registry that is not here does not compile. */
interface Entry<Fixture> {
  /** The server, where a backend runs against several. */
  server?: string
  /** The variable that holds the server's address. Without it the suite is skipped; the test command says what is missing. */
  needs?: string
  start(): Promise<Fixture>
  skips?: readonly ContractSkip[]
  /** Its clock is real, so cases wait: at the same time, where the contract lets them. */
  isConcurrent?: boolean
}
type Entries<Registry, Fixture> = Record<keyof Registry, readonly Entry<Fixture>[]>

/** SQS shows what waits only to who receives it. */
const unlistable: ContractSkip = {
  reason: 'what waits can only be received, and each receive counts towards its death',
  cases: ['listing shows what waits and what is leased, page by page, oldest first, and receives nothing'],
}

const queues: Entries<typeof queueBackends, QueueFixture> = {
  // The same backend as sqs:, under the URLs that AWS gives queues and nobody else has.
  https: [],
  sqs: [
    {
      server: 'fauxqs',
      needs: 'FAUXQS_URL',
      start: () => startSqs(process.env.FAUXQS_URL ?? ''),
      skips: [unlistable],
      isConcurrent: true,
    },
    {
      server: 'ElasticMQ',
      needs: 'ELASTICMQ_URL',
      start: () => startSqs(process.env.ELASTICMQ_URL ?? ''),
      skips: [unlistable],
      isConcurrent: true,
    },
  ],
  sqlite: [
    {
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
  ],
}

/** A Redis server that was started for the tests. Its clock is real, so seconds are short. */
function redisEntry(server: string, needs: string): Entry<KvFixture> {
  return {
    server,
    needs,
    async start() {
      trustRedisCertificate()
      return {
        open: () => openKv(`${process.env[needs]}?prefix=contract:${randomUUID()}:`, systemDeps),
        elapse: (ms) => pause(ms + 2), // servers tell whole ms
        secondMs: 300,
        stop: async () => undefined,
      }
    },
  }
}

const kvs: Entries<typeof kvBackends, KvFixture> = {
  memory: [
    {
      async start() {
        const { deps, elapse } = createClock()
        return { open: () => openKv('memory:', deps), elapse, stop: async () => undefined }
      },
    },
  ],
  redis: [redisEntry('Redis', 'REDIS_URL')],
  rediss: [redisEntry('Redis with TLS', 'REDIS_TLS_URL')],
  'redis+cluster': [redisEntry('a Redis cluster', 'REDIS_CLUSTER_URL')],
  'rediss+cluster': [redisEntry('a Redis cluster with TLS', 'REDIS_CLUSTER_TLS_URL')],
  'redis+sentinel': [redisEntry('Redis behind a sentinel', 'REDIS_SENTINEL_URL')],
}

const blobs: Entries<typeof blobBackends, BlobFixture> = {
  file: [
    {
      async start() {
        const folder = createFolder()
        return {
          open: (name) => openBlob(`file:${join(folder.path, name)}`, systemDeps),
          stop: async () => folder.remove(),
        }
      },
      skips: [
        {
          reason: 'files on a disk have no address that could be handed out',
          cases: ['a link leads whoever has it to the object', 'a link saves the object under the name asked for'],
        },
      ],
    },
  ],
  s3: [
    {
      server: 'versitygw',
      needs: 'TEST_S3_ENDPOINT',
      start: () => startS3(process.env.TEST_S3_ENDPOINT),
      skips: [
        {
          reason:
            'it keeps objects as files of their names, so there is no a/b beside a, and no segment over 255 characters',
          cases: [
            'every allowed name is a place of its own',
            'an object and those below its name are listed side by side',
          ],
        },
      ],
    },
    {
      server: 'fauxqs',
      needs: 'FAUXQS_URL',
      start: () => startS3(process.env.FAUXQS_URL),
      skips: [
        { reason: 'it sorts names as people do', cases: ['names are listed in the order of their bytes'] },
        {
          reason: 'it leaves response-content-disposition out of its answer',
          cases: ['a link saves the object under the name asked for'],
        },
      ],
    },
  ],
}

/** Each name is a database of its own. The server lets go of documents by its own clock, so ours starts there. */
async function startMongoDirectory(url: string): Promise<DirectoryFixture> {
  const { deps, ...clock } = createClock(Date.now())
  const run = createMongoRun(url)
  return { open: (name) => openDirectory(run.url(name), deps), ...clock, now: deps.now, stop: run.drop }
}

const directories: Entries<typeof directoryBackends, DirectoryFixture> = {
  memory: [
    {
      async start() {
        const { deps, elapse } = createClock()
        const shared = new Map<string, Promise<Directory>>()
        // Handles of one name are the same directory: it lives in this process alone.
        const open: DirectoryFixture['open'] = (name) => {
          const directory = shared.get(name) ?? openDirectory('memory:', deps)
          shared.set(name, directory)
          return directory
        }
        return { open, elapse, now: deps.now, stop: async () => undefined }
      },
    },
  ],
  mongodb: [{ needs: 'MONGO_URL', start: () => startMongoDirectory(process.env.MONGO_URL ?? '') }],
  'mongodb+srv': [{ needs: 'MONGO_SRV_URL', start: () => startMongoDirectory(process.env.MONGO_SRV_URL ?? '') }],
  sqlite: [
    {
      async start() {
        const folder = createFolder()
        const { deps, elapse } = createClock()
        return {
          open: (name) => openDirectory(`sqlite:${join(folder.path, `${name}.db`)}`, deps),
          elapse,
          now: deps.now,
          stop: async () => folder.remove(),
        }
      },
    },
  ],
}

/** One bucket for all runs; a prefix for this one. */
async function startS3(endpoint = ''): Promise<BlobFixture> {
  const bucket = await createBucket(endpoint)
  return {
    open: (name) => openBlob(bucket.urlOf(name), systemDeps),
    stop: bucket.close,
  }
}

type Contract<Fixture> = (
  backend: string,
  start: () => Promise<Fixture>,
  skips?: readonly ContractSkip[],
  isConcurrent?: boolean,
) => void

function hold<Fixture>(entries: Record<string, readonly Entry<Fixture>[]>, contract: Contract<Fixture>): void {
  for (const [scheme, servers] of Object.entries(entries)) {
    for (const { server, needs, start, skips, isConcurrent } of servers) {
      const name = server === undefined ? `${scheme}:` : `${scheme}: on ${server}`
      if (needs === undefined || process.env[needs]) contract(name, start, skips, isConcurrent)
      else test.skip(`${contract.name}, ${name} (skipped: ${needs} names no server)`)
    }
  }
}

hold(queues, queueContract)
hold(kvs, kvContract)
hold(blobs, blobContract)
hold(directories, directoryContract)

test('every backend of every registry is under contract', () => {
  expect(Object.keys(queues).sort()).toEqual(Object.keys(queueBackends).sort())
  expect(Object.keys(kvs)).toEqual(Object.keys(kvBackends))
  expect(Object.keys(blobs)).toEqual(Object.keys(blobBackends))
  expect(Object.keys(directories)).toEqual(Object.keys(directoryBackends))
})
