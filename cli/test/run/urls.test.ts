import { expect, test } from 'vitest'
import { backendUrls } from '../../src/run/urls.ts'

const overflowOf = (given: { queueUrl?: string; blobUrl?: string }): string | undefined =>
  backendUrls({ data: 'd', ...given } as Parameters<typeof backendUrls>[0]).overflow

test('chunks overflow into the data folder only when the queue lies there, too', () => {
  expect(overflowOf({})).toBe('file:d/blobs')
  // Of a queue elsewhere nobody knows whether its readers share the folder, or whether the folder outlives the process.
  expect(overflowOf({ queueUrl: 'sqlite:/elsewhere/queue.db' })).toBeUndefined()
  expect(overflowOf({ queueUrl: 'sqlite:/elsewhere/queue.db', blobUrl: 'file:/shared' })).toBe('file:/shared')
  expect(overflowOf({ blobUrl: 'file:/shared' })).toBe('file:/shared')
})
