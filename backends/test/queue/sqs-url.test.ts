import { expect, test } from 'vitest'
import { parseSqsUrl } from '../../src/queue/sqs-url.ts'

test('a queue’s own URL says all there is to know', () => {
  const url = 'https://sqs.eu-central-1.amazonaws.com/123456789012/my-queue'
  expect(parseSqsUrl(url)).toEqual({
    name: 'my-queue',
    region: 'eu-central-1',
    endpoint: undefined,
    account: '123456789012',
    queueUrl: url,
  })
})

test('a short one leaves the rest to the service and the SDK’s settings', () => {
  expect(parseSqsUrl('sqs://events')).toEqual({
    name: 'events',
    region: undefined,
    endpoint: undefined,
    account: undefined,
    queueUrl: undefined,
  })
  const full = parseSqsUrl('sqs://events?region=eu-west-1&account=123456789012')
  expect(full).toMatchObject({ region: 'eu-west-1', account: '123456789012' })
  const local = parseSqsUrl('sqs://events?endpoint=http://127.0.0.1:9324')
  expect(local).toMatchObject({ endpoint: 'http://127.0.0.1:9324', region: 'us-east-1' })
})

test.each([
  ['sqs:events', 'sqs://'],
  ['sqs://', 'must name a queue'],
  ['sqs://user:secret@events', 'Credentials do not belong'],
  ['sqs://events?visibility=3', 'An option is unknown'],
  ['sqs://events?account=12', '12 digits'],
  ['sqs://events?endpoint=http://127.0.0.1:9324/path', 'origin'],
  ['sqs://events?region=', 'region must be given once'],
  ['sqs://events.fifo', 'FIFO'],
  ['https://sqs.eu-central-1.amazonaws.com/123456789012/events.fifo', 'FIFO'],
  ['https://example.com/123456789012/events', 'own'],
  ['https://sqs.eu-central-1.amazonaws.com/events', 'own'],
])('%s is refused, without repeating it', (url, reason) => {
  const parse = (): unknown => parseSqsUrl(url)
  expect(parse).toThrow(expect.objectContaining({ code: 'invalid_url', message: expect.stringContaining(reason) }))
  expect(parse).not.toThrow(/secret/)
})
