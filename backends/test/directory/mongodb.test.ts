import { afterAll, describe, expect, test } from 'vitest'
import { systemDeps } from '../../src/deps.ts'
import { openDirectory } from '../../src/directory/open.ts'
import { createFaultProxy } from '../fixtures/fault-proxy.ts'
import { createMongoRun } from '../fixtures/mongo-run.ts'

const server = process.env.MONGO_URL ?? ''

describe.skipIf(server === '')('the directory in MongoDB', () => {
  const run = createMongoRun(server)
  afterAll(() => run.drop())

  async function openThroughProxy(name: string) {
    const url = new URL(run.url(name))
    const proxy = await createFaultProxy({ host: url.hostname, port: Number(url.port || 27017) })
    url.port = String(proxy.port)
    url.search = '?directConnection=true&serverSelectionTimeoutMS=400'
    return { proxy, url: url.href }
  }

  test('is opened while the server is away, and works as soon as it is there', async () => {
    const { proxy, url } = await openThroughProxy('away')
    await proxy.set({ kind: 'refuse' })
    const directory = await openDirectory(url, systemDeps)
    await expect(directory.read('note', 'n1')).rejects.toMatchObject({ code: 'unreachable', retryable: true })
    await proxy.set({ kind: 'none' })
    expect(await directory.write('note', 'n1', {}, { expected: 'new' })).toBeDefined()
    await directory.close()
    await proxy.close()
  })
})
