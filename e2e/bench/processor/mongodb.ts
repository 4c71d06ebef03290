import { MongoClient } from 'mongodb'
import { mongodb } from '../../../scripts/services/mongodb.ts'
import { provideServices } from '../../../scripts/services.ts'
import { withFolder } from '../lib/folder.ts'
import { type Bench, type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { startEmulator } from '../sqs/client.ts'
import { embeddedTarget, type Figures, measureProcessor, type Size } from './bench.ts'

/** The emulator goes on with a wait that was broken off, and would lease messages to nobody: as long as a receive waits. */
const restMs = 5_500
/** A stand-in takes minutes for what a real server does in one. */
const sizeFor = (isShort: boolean): Size =>
  isShort ? { events: 20_000, portion: 10_000 } : { events: 400_000, portion: 20_000 }

/** Into the server that MONGO_URL names, or the one that the tests use; the table says which was measured. */
export const mongodbBench: Bench = {
  title: 'Processor into MongoDB',
  how: [
    'The same as above with the store in MongoDB, and chunks from the SQLite queue or from SQS (fauxqs, in memory); one processor, all servers on the same machine. The baseline is the embedded store over as many events in the same run.',
    'Where neither MONGO_URL nor a `mongod` on the PATH is there, the server is mongo-java-server, in memory, which does one message at a time: what it gives is no figure of MongoDB, and its rates are not held to the goal. The CPU an event costs is that of the processor alone and depends little on the server.',
    'The goal is at least 5,000 events/s with a real `mongod`.',
  ],
  run: (options) =>
    withFolder(async (folder) => {
      const provided = await provideServices([mongodb], process.env, () => {})
      const emulator = startEmulator()
      try {
        const url = provided.env.MONGO_URL
        if (!url) throw new Error(`there is no MongoDB: ${mongodb.command}`)
        const server = await describeServer(url)
        const size = sizeFor(options.quick || !server.isReal)
        const embedded = embeddedTarget(folder, size)
        const baseline = await measureProcessor(options, { ...embedded, name: 'processor, embedded' })
        const { queueUrl } = await emulator.ask({})
        const rows: Row[] = []
        for (const from of [
          { name: 'SQLite queue', queueUrl: embedded.queueUrl },
          { name: 'SQS', queueUrl, restMs },
        ])
          rows.push(...toRows(await measureInto(url, from, size, options), { from: from.name, server, baseline, size }))
        return rows
      } finally {
        await emulator.stop()
        await provided.stop()
      }
    }),
}

interface Server {
  name: string
  isReal: boolean
}

/** A real one says of which state of the source it was built. */
async function describeServer(url: string): Promise<Server> {
  const client = await MongoClient.connect(url)
  try {
    const { version, gitVersion } = (await client.db().admin().buildInfo()) as { version: string; gitVersion?: string }
    return gitVersion === undefined
      ? { name: 'mongo-java-server, in memory', isReal: false }
      : { name: `MongoDB ${version}`, isReal: true }
  } finally {
    await client.close()
  }
}

interface IntoMongo extends Figures {
  dataBytes: number
}

/** Into a database of its own, which goes afterwards. */
async function measureInto(
  address: string,
  { name, ...from }: { name: string; queueUrl: string; restMs?: number },
  size: Size,
  options: BenchOptions,
): Promise<IntoMongo> {
  const url = new URL(address)
  url.pathname = `/bench_${Date.now()}`
  const client = await MongoClient.connect(url.href)
  try {
    const target = { ...from, name: `processor, ${name} to MongoDB`, storeUrl: url.href, size }
    const figures = await measureProcessor(options, target)
    const { dataSize } = (await client.db().stats()) as { dataSize: number }
    return { ...figures, dataBytes: dataSize }
  } finally {
    await client.db().dropDatabase()
    await client.close()
  }
}

interface About {
  from: string
  server: Server
  baseline: Figures
  size: Size
}

function toRows(figures: IntoMongo, { from, server, baseline, size }: About): Row[] {
  const { mean, slowest, cpuUs, dataBytes } = figures
  const title = `processor, ${from} to ${server.name}`
  const key = (name: string) => (from === 'SQS' ? { key: `${name} mongodb` } : {})
  return [
    createRow({
      what: `${title}, from queue to folded profiles, mean over ${size.events.toLocaleString('en')} events, against embedded`,
      value: mean,
      unit: 'events/s',
      baseline: baseline.mean,
      ...(server.isReal && { goal: { atLeast: 5_000 } }),
    }),
    createRow({ what: `${title}, slowest portion`, value: slowest, unit: 'events/s' }),
    createRow({
      what: `${title}, CPU of all its threads`,
      ...key('processor-cpu'),
      value: cpuUs,
      unit: 'us/event',
      baseline: baseline.cpuUs,
    }),
    createRow({
      what: `${title}, dataSize`,
      ...key('store-bytes'),
      value: dataBytes / size.events,
      unit: 'bytes/event',
    }),
  ]
}
