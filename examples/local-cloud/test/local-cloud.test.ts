import { expect, onTestFinished, test } from 'vitest'
import { region, startEmulator } from '../emulator.ts'

/** A call of SQS as the SDK makes it, but for the signature, which the emulator only takes the region from. */
async function callSqs<T>(url: string, action: string, body: object): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${region}/sqs/aws4_request`,
    },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(200)
  return (await answer.json()) as T
}

test('the emulator has the queue with its dead letters, and the bucket', async () => {
  const emulator = await startEmulator({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => emulator.close())
  const attributesOf = async (name: string): Promise<Record<string, string>> => {
    const { QueueUrl } = await callSqs<{ QueueUrl: string }>(emulator.url, 'GetQueueUrl', { QueueName: name })
    const asked = { QueueUrl, AttributeNames: ['All'] }
    return (await callSqs<{ Attributes: Record<string, string> }>(emulator.url, 'GetQueueAttributes', asked)).Attributes
  }
  const own = await attributesOf('trailstitch')
  const dead = await attributesOf('trailstitch-dead')
  expect(JSON.parse(own.RedrivePolicy ?? '')).toEqual({ deadLetterTargetArn: dead.QueueArn, maxReceiveCount: 5 })
  expect(Number(dead.MessageRetentionPeriod)).toBeGreaterThan(Number(own.MessageRetentionPeriod))
  expect((await fetch(`${emulator.url}/trailstitch?list-type=2`)).status).toBe(200)
})
