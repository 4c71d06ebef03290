import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createApi, post } from '../../../e2e/support/api.ts'
import { cloudNeeds, createCloud, hasCloud } from '../../../e2e/support/cloud.ts'
import { adminToken, makeFolder, removeFolder, writeKey } from '../../../e2e/support/data-folder.ts'
import { createServices } from '../../../e2e/support/services.ts'
import { callSqs, queueUrlOf } from '../../../e2e/support/sqs.ts'
import { until } from '../../../e2e/support/until.ts'
import { type Emulator, startEmulator } from '../emulator.ts'

async function openEmulator(): Promise<Emulator> {
  const emulator = await startEmulator({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => emulator.close())
  return emulator
}

test('the emulator has the queue with its dead letters, and the bucket', async () => {
  const emulator = await openEmulator()
  const attributesOf = async (name: string): Promise<Record<string, string>> => {
    const asked = { QueueUrl: await queueUrlOf(emulator.url, name), AttributeNames: ['All'] }
    return (await callSqs<{ Attributes: Record<string, string> }>(emulator.url, 'GetQueueAttributes', asked)).Attributes
  }
  const own = await attributesOf('trailstitch')
  const dead = await attributesOf('trailstitch-dead')
  expect(JSON.parse(own.RedrivePolicy ?? '')).toEqual({ deadLetterTargetArn: dead.QueueArn, maxReceiveCount: 5 })
  expect(Number(dead.MessageRetentionPeriod)).toBeGreaterThan(Number(own.MessageRetentionPeriod))
  expect((await fetch(`${emulator.url}/trailstitch?list-type=2`)).status).toBe(200)
})

test.skipIf(!hasCloud)(`the configuration runs on it (skipped without ${cloudNeeds})`, async () => {
  const emulator = await openEmulator()
  const cloud = await createCloud()
  onTestFinished(() => cloud.close())
  const data = makeFolder()
  onTestFinished(() => removeFolder(data))
  const services = createServices()
  onTestFinished(() => services.killAll())

  // The servers of the tests are on other ports, and are not for this test alone.
  const { STORE_URL = '', KV_URL = '', ...credentials } = cloud.env
  const config = readFileSync(new URL('../trailstitch.json', import.meta.url), 'utf8')
    .replaceAll('http://127.0.0.1:4566', emulator.url)
    .replace('mongodb://127.0.0.1:27017/trailstitch', STORE_URL)
    .replace('redis://127.0.0.1:6379', KV_URL)
  writeFileSync(join(data, 'trailstitch.json'), config)
  const flags = ['--config', join(data, 'trailstitch.json'), '--data', data, '--port', '0']
  const keys = ['--write-key', writeKey, '--admin-token', adminToken]
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = credentials
  const env = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }
  const url = await services.start('start', [...flags, ...keys], env).ready

  expect((await post(url, 'track', { event: 'Hello', anonymousId: 'me' })).status).toBe(200)
  const { person } = createApi(url)
  await until('the event is read', 20_000, async () => (await person('me')).anonymousIds.join() === 'me')
  expect(readdirSync(data).sort()).toEqual(['auth-secret', 'projects.json', 'trailstitch.json'])
})
