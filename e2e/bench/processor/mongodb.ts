import { mongodb } from '../../../scripts/services/mongodb.ts'
import { provideServices } from '../../../scripts/services.ts'
import { withFolder } from '../lib/folder.ts'
import type { Bench } from '../lib/result.ts'
import { measureProcessor } from './bench.ts'

/** What MONGO_URL names, or the server that the tests use: the table says which was measured. */
export const mongodbBench: Bench = {
  title: 'Processor into MongoDB',
  how: [
    'The same as above with the store in MongoDB: one processor, the SQLite queue, a server on the same machine.',
    'Where no real server is at hand it is mongo-java-server, in memory, which does one message at a time; its figures say what our side costs, not what MongoDB can take.',
  ],
  run: (options) =>
    withFolder(async (folder) => {
      const provided = await provideServices([mongodb], process.env, () => {})
      const [server] = provided.ready
      const url = provided.env.MONGO_URL
      if (!server || !url) throw new Error(`there is no MongoDB: ${mongodb.command}`)
      try {
        return await measureProcessor(folder, options, {
          name: server.version,
          storeUrl: nameDatabase(url),
          bytes: () => undefined,
          size: options.quick ? { events: 20_000, portion: 10_000 } : { events: 400_000, portion: 20_000 },
          goals: { rate: 5_000 },
        })
      } finally {
        await provided.stop()
      }
    }),
}

function nameDatabase(address: string): string {
  const url = new URL(address)
  url.pathname = `/bench_${Date.now()}`
  return url.href
}
