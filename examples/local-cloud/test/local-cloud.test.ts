import { expect, onTestFinished, test } from 'vitest'
import { callSqs, queueUrlOf } from '../../../e2e/support/sqs.ts'
import { startEmulator } from '../emulator.ts'

test('the emulator has the queue with its dead letters, and the bucket', async () => {
  const emulator = await startEmulator({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => emulator.close())
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
