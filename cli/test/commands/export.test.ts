import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { openBlob, systemDeps } from '@trailstitch/backends'
import { expect, onTestFinished, test } from 'vitest'
import { createBucket } from '../../../backends/test/fixtures/bucket.ts'
import { runCli, temporaryFolder } from '../run-cli.ts'

/** A data folder with that many events in its store, and what the export of it to stdout says. */
async function fill(events: number): Promise<{ data: string; exported: string }> {
  const data = temporaryFolder()
  const lines = Array.from({ length: events }, (_, index) =>
    JSON.stringify({
      type: 'track',
      event: 'Buy',
      userId: 'u',
      messageId: `m${index}`,
      timestamp: '2024-01-01T00:00:00Z',
    }),
  )
  await runCli(['import', 'jsonl', '-', '--data', data], { stdin: lines.join('\n') })
  const { stdout: exported } = await runCli(['export', '--data', data])
  expect(exported.trim().split('\n')).toHaveLength(events)
  return { data, exported }
}

const endpoint = process.env.TEST_S3_ENDPOINT ?? ''

test.skipIf(endpoint === '')(
  'an export goes into a bucket, and its link downloads it (skipped where TEST_S3_ENDPOINT names no server)',
  async () => {
    const { data, exported } = await fill(2_500)
    const bucket = await createBucket(endpoint)
    onTestFinished(() => bucket.close())
    const blobUrl = bucket.urlOf('exports')
    const line = [
      'export',
      '--data',
      data,
      '--blob-url',
      blobUrl,
      '--to-blob',
      'a/events.jsonl.gz',
      '--link-hours',
      '2',
    ]
    const { exitCode, stdout, stderr } = await runCli(line)
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/until \d{4}-.*\n2,500 events exported\.\n$/s)])
    const response = await fetch(stdout.trim())
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="events.jsonl.gz"')
    expect(gunzipSync(Buffer.from(await response.arrayBuffer())).toString()).toBe(exported)
  },
  60_000,
)

test('an export goes into the blobs of the data folder, which have no links', async () => {
  const { data, exported } = await fill(10)
  const plain = await runCli(['export', '--data', data, '--to-blob', 'a/events.jsonl'])
  expect(plain).toMatchObject({ exitCode: 0, stdout: '', stderr: '10 events exported.\n' })
  const blob = await openBlob(`file:${join(data, 'blobs')}`, systemDeps)
  expect(Buffer.from((await blob.get('a/events.jsonl')) ?? []).toString()).toBe(exported)
  const linked = await runCli(['export', '--data', data, '--to-blob', 'a/events.jsonl', '--link-hours', '1'])
  expect(linked).toMatchObject({ exitCode: 0, stdout: '', stderr: expect.stringContaining('no links') })
}, 60_000)

test.each(['a/events.jsonl', 'a/events.jsonl.gz'])(
  'an export that is stopped leaves no blob: %s',
  async (name) => {
    const { data } = await fill(1_500)
    const stopped = await runCli(['export', '--data', data, '--to-blob', name], { stop: AbortSignal.abort() })
    expect(stopped).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('Stopped after 1,000 events.') })
    const blob = await openBlob(`file:${join(data, 'blobs')}`, systemDeps)
    expect((await blob.list('')).items).toEqual([])
  },
  60_000,
)

test('an export that is stopped keeps what it wrote to a file', async () => {
  const { data, exported } = await fill(1_500)
  const file = join(data, 'events.jsonl')
  const stopped = await runCli(['export', '--data', data, '--out', file], { stop: AbortSignal.abort() })
  expect(stopped.exitCode).toBe(130)
  expect(readFileSync(file, 'utf8').split('\n')).toEqual([...exported.split('\n').slice(0, 1_000), ''])
}, 60_000)

test('options that do not go together are refused', async () => {
  const data = temporaryFolder()
  const both = await runCli(['export', '--data', data, '--out', 'a', '--to-blob', 'b'])
  expect(both).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('not both') })
  const alone = await runCli(['export', '--data', data, '--link-hours', '2'])
  expect(alone).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--to-blob') })
})
