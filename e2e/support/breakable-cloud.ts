import { type Blob, openBlob, openQueue, type Queue, systemDeps } from '@trailstitch/backends'
import { MongoClient } from 'mongodb'
import { type Bucket, createBucket } from '../../backends/test/fixtures/bucket.ts'
import { createFaultProxy, type FaultProxy } from '../../backends/test/fixtures/fault-proxy.ts'
import { createSqsServer } from '../../backends/test/fixtures/sqs.ts'
import { type MongoProcess, startMongoProcess } from '../../scripts/services/mongo-servers.ts'
import { createRedisServers, type RedisProcess } from '../../scripts/services/redis-servers.ts'
import { awsCredentials, breakableParts } from './config.ts'

/** What the services run on in a cloud, each part behind something that can break it. */
export interface BreakableCloud {
  /** The services' settings: all four backends, by way of the proxies. */
  env: Readonly<Record<string, string>>
  /** Between the services and SQS, S3 and MongoDB. */
  sqs: FaultProxy
  s3: FaultProxy
  mongo: FaultProxy
  redisServer: RedisProcess
  mongoServer: MongoProcess
  /** Of the store, past the proxy. */
  storeUrl: string
  /** A queue and a blob storage to look with, past the proxies. */
  queue: Queue
  blob: Blob
  close(): Promise<void>
}

const variables = {
  sqs: 'FAUXQS_URL or ELASTICMQ_URL',
  s3: 'TEST_S3_ENDPOINT',
  redisProgram: 'REDIS_SERVER_PATH',
  mongoClassPath: 'MONGO_JAVA_CLASSPATH',
} as const
type Part = keyof typeof variables
const allParts: readonly Part[] = ['sqs', 's3', 'redisProgram', 'mongoClassPath']

/** Why these parts of a cloud cannot be had here, all unless said otherwise; undefined when they can. */
export function whyNoCloud(parts = allParts): string | undefined {
  const missing = parts.filter((part) => !breakableParts[part]).map((part) => variables[part])
  return missing.length === 0 ? undefined : `needs ${missing.join(', ')}`
}

const databaseName = 'trailstitch'
/** A kill counts as a receive of all that was in hand, and a test has more kills in a minute than others in years. */
const maxReceives = 20
/** A fault proxy in front of the server that a URL names. */
export const proxyFor = (url: string): Promise<FaultProxy> =>
  createFaultProxy({ host: new URL(url).hostname, port: Number(new URL(url).port) })

/** A queue, a bucket, a Redis and a durable MongoDB of the test's own. Throws where {@link whyNoCloud} says why. */
export async function startBreakableCloud(): Promise<BreakableCloud> {
  const { sqs: sqsUrl, s3: s3Url, redisProgram, mongoClassPath } = breakableParts
  const ends: (() => Promise<unknown>)[] = []
  const kept = async <T>(starting: Promise<T>, end: (part: T) => Promise<unknown>): Promise<T> => {
    const part = await starting
    ends.push(() => end(part))
    return part
  }
  const close = async (): Promise<void> => {
    for (let end = ends.pop(); end; end = ends.pop()) await end()
  }
  const proxied = (url: string): Promise<FaultProxy> => kept(proxyFor(url), (proxy) => proxy.close())
  try {
    const server = createSqsServer(sqsUrl)
    ends.push(() => server.close())
    const name = await server.create(maxReceives)
    const bucket: Bucket = await kept(createBucket(s3Url), (made) => made.close())
    const redis = createRedisServers(redisProgram)
    ends.push(() => redis.stop())
    const redisServer = await redis.start()
    const mongoServer = await kept(startMongoProcess(mongoClassPath), (started) => started.stop())
    const storeUrl = `mongodb://127.0.0.1:${mongoServer.port}/${databaseName}`
    const [sqs, s3, mongo] = [await proxied(sqsUrl), await proxied(s3Url), await proxied(storeUrl)]
    const at = ({ port }: FaultProxy): string => `http://127.0.0.1:${port}`
    return {
      env: {
        ...awsCredentials,
        QUEUE_URL: server.urlOf(name, at(sqs)),
        BLOB_URL: bucket.urlOf('blobs', at(s3)),
        KV_URL: `redis://127.0.0.1:${redisServer.port}`,
        STORE_URL: `mongodb://127.0.0.1:${mongo.port}/${databaseName}`,
      },
      ...{ sqs, s3, mongo, redisServer, mongoServer, storeUrl },
      queue: await kept(openQueue(server.urlOf(name), systemDeps), (queue) => queue.close()),
      blob: await kept(openBlob(bucket.urlOf('blobs'), systemDeps), (blob) => blob.close()),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What lies in queue and overflow. */
export interface Backlog extends Awaited<ReturnType<Queue['depth']>> {
  overflowed: number
}

/** The overflow is read first, as its chunks go to the queue. */
export async function readBacklog({ queue, blob }: Pick<BreakableCloud, 'queue' | 'blob'>): Promise<Backlog> {
  const overflowed = (await blob.list('overflow/')).items.length
  return { ...(await queue.depth()), overflowed }
}

/** Documents in a collection of the store, counted beside it. */
export async function countInMongo(storeUrl: string, collection: string): Promise<number> {
  const client = new MongoClient(storeUrl)
  try {
    return await client.db().collection(collection).countDocuments()
  } finally {
    await client.close()
  }
}
