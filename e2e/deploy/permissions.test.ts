import { randomBytes } from 'node:crypto'
import { encodeChunk } from '@trailstitch/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Emulator, startEmulator } from '../../examples/local-cloud/emulator.ts'
import { createApi, post } from '../support/api.ts'
import { adminToken, makeFolder, removeFolder, writeKey } from '../support/data-folder.ts'
import { createServices, runCommand } from '../support/services.ts'
import { callSqs, queueUrlOf } from '../support/sqs.ts'
import { until } from '../support/until.ts'
import { type Guard, startGuard } from './guard.ts'
import { listOf, readPolicies } from './policies.ts'

// Everything that a service asks of SQS and S3 goes through a guard that knows its policy of docs/operate.md.

const policies = readPolicies()
const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
const services = createServices()
const guards = new Map<string, Guard>()
let data: string
let emulator: Emulator

beforeAll(async () => {
  data = makeFolder()
  emulator = await startEmulator({ host: '127.0.0.1', port: 0 })
  for (const [name, policy] of policies) guards.set(name, await startGuard(emulator.url, policy))
})
afterAll(async () => {
  await services.killAll()
  for (const guard of guards.values()) await guard.close()
  await emulator.close()
  removeFolder(data)
})

const guardOf = (name: string): Guard => {
  const guard = guards.get(name)
  if (!guard) throw new Error(`there is no policy for ${name}`)
  return guard
}

const envOf = (name: string): Record<string, string> => {
  const options = `region=eu-central-1&endpoint=${guardOf(name).url}`
  return {
    ...credentials,
    TRAILSTITCH_DATA: data,
    TRAILSTITCH_PORT: '0',
    TRAILSTITCH_WRITE_KEY: writeKey,
    TRAILSTITCH_ADMIN_TOKEN: adminToken,
    QUEUE_URL: `sqs://trailstitch?${options}`,
    BLOB_URL: `s3://trailstitch/trailstitch?${options}`,
  }
}

const object = (name: string): string => `${emulator.url}/trailstitch/trailstitch/${name}`
const put = async (name: string, body: Uint8Array): Promise<void> =>
  expect((await fetch(object(name), { method: 'PUT', body: Buffer.from(body) })).status).toBe(200)
const isGone = async (name: string): Promise<boolean> => (await fetch(object(name))).status === 404

/** A chunk that a queue with more room took, so that no message of SQS holds it. */
function makeLargeChunk(seq: number): Uint8Array {
  const body = randomBytes(900_000)
  const receivedAt = Date.now()
  const part = { project: 'default', kind: 'batch' as const, receivedAt, encoding: 'identity' as const, events: 1 }
  const header = { collector: 'large', seq, packedAt: receivedAt, parts: [{ ...part, bytes: body.length }] }
  return encodeChunk(header, [body])
}

async function sendToDead(text: string): Promise<void> {
  const QueueUrl = await queueUrlOf(emulator.url, 'trailstitch-dead')
  await callSqs(emulator.url, 'SendMessage', { QueueUrl, MessageBody: text })
}

/** `ACTION RESOURCE` of all that a policy allows. */
const granted = (name: string): string[] =>
  (policies.get(name)?.Statement ?? [])
    .flatMap(({ Action, Resource }) =>
      listOf(Action).flatMap((action) => listOf(Resource).map((resource) => `${action} ${resource}`)),
    )
    .sort()

test('every service may do what it does, and does what it may do', { timeout: 120_000 }, async () => {
  const [processor, collector] = [guardOf('processor'), guardOf('collector')]
  await services.start('processor', [], envOf('processor')).ready
  const url = await services.start('collector', [], envOf('collector')).ready
  const api = createApi(await services.start('dashboard', [], envOf('dashboard')).ready)
  const track = async (messageId: string): Promise<number> =>
    (await post(url, 'track', { event: 'A', anonymousId: 'ann', messageId })).status
  const journey = async (): Promise<string[]> => {
    const { profileId } = await api.person('ann')
    return (await api.journey(profileId)).items.map(({ messageId }) => messageId).sort()
  }
  const isReadyBy = async (rung: string): Promise<void> => {
    const ask = async () => ((await (await fetch(`${url}/readyz`)).json()) as { by?: string }).by === rung
    await until(`${url} is ready by ${rung}`, 10_000, ask)
  }

  expect(await track('m1')).toBe(200)
  await until('m1 is read', 20_000, async () => (await journey()).join() === 'm1')
  await isReadyBy('queue')

  for (const guard of [collector, processor]) guard.setQueueDown(true)
  expect(await track('m2')).toBe(200)
  await isReadyBy('overflow')
  await put('overflow/2026-01-01/junk', Buffer.from('no chunk'))
  await put('overflow/2026-01-01/large', makeLargeChunk(1))
  expect((await api.ledger()).inFlight).toBeGreaterThan(0)
  for (const guard of [collector, processor]) guard.setQueueDown(false)
  await until('m2 is read', 40_000, async () => (await journey()).join() === 'm1,m2')
  await until('the overflow is empty', 20_000, () => isGone('overflow/2026-01-01/large'))
  await until('the large one is processed', 20_000, async () => (await api.rejected()).items.length > 0)

  await put('spilled/2026-01-01/dead', makeLargeChunk(2))
  await sendToDead('TSP1spilled/2026-01-01/dead')
  await sendToDead('no chunk')
  await until('the dead letter is in the books', 10_000, async () => (await api.ledger()).dead > 0)

  const operator = envOf('operator')
  // It ends with 1 when something is not allowed.
  await runCommand(['doctor'], operator)
  await runCommand(['export', '--to-blob', 'exports/all.jsonl'], operator)
  expect(await runCommand(['replay', '--dead'], operator)).toContain('2 dead queue entries are waiting again.')

  for (const [name, { used, refused }] of guards) {
    // An operator may process, too, which is left to a processor where there is one.
    if (name !== 'operator')
      await vi.waitFor(() => expect([...used].sort()).toEqual(granted(name)), { timeout: 20_000, interval: 100 })
    expect([name, ...refused]).toEqual([name])
  }
})
