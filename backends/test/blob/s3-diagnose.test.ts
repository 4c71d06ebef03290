import { DeleteBucketCommand, DeleteBucketPolicyCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Blob } from '../../src/blob/port.ts'
import { openS3Blob } from '../../src/blob/s3.ts'
import { type Deps, systemDeps } from '../../src/deps.ts'
import type { Diagnosis } from '../../src/diagnosis.ts'
import { type Bucket, createBucket } from '../fixtures/bucket.ts'

const endpoint = process.env.TEST_S3_ENDPOINT ?? ''
const guest = process.env.TEST_S3_GUEST_ACCESS_KEY_ID ?? ''
const limits = { connectMs: 500, callMs: 2_000 }
const levels = (findings: readonly Diagnosis[]) => Object.fromEntries(findings.map(({ name, level }) => [name, level]))

describe.skipIf(endpoint === '' || guest === '')('s3: diagnosis (skipped where TEST_S3_GUEST_* name no user)', () => {
  let bucket: Bucket
  beforeAll(async () => {
    bucket = await createBucket(endpoint, 'trailstitch-test-guarded')
  })
  afterEach(() => vi.unstubAllEnvs())
  afterAll(async () => {
    await bucket.client.send(new DeleteBucketPolicyCommand({ Bucket: bucket.name }))
    await bucket.empty()
    await bucket.client.send(new DeleteBucketCommand({ Bucket: bucket.name }))
    bucket.client.destroy()
  })

  async function open(url = bucket.urlOf('a'), deps: Deps = systemDeps): Promise<Blob> {
    const blob = await openS3Blob(url, deps, limits)
    onTestFinished(() => blob.close())
    return blob
  }
  const diagnose = async (blob: Blob): Promise<Diagnosis[]> => (await blob.diagnose?.()) ?? []

  /** Becomes a user who may do this in the bucket and nothing else. */
  async function becomeGuest(...actions: string[]): Promise<void> {
    const Resource = [`arn:aws:s3:::${bucket.name}`, `arn:aws:s3:::${bucket.name}/*`]
    const Statement = [{ Effect: 'Allow', Principal: { AWS: [guest] }, Action: actions, Resource }]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await bucket.client.send(new PutBucketPolicyCommand({ Bucket: bucket.name, Policy }))
    vi.stubEnv('AWS_ACCESS_KEY_ID', guest)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', process.env.TEST_S3_GUEST_SECRET_ACCESS_KEY ?? '')
  }

  test('a bucket where all is allowed is fine, but for the encryption nobody promised', async () => {
    const blob = await open()
    const findings = await diagnose(blob)
    expect(levels(findings)).toEqual({
      bucket: 'ok',
      list: 'ok',
      write: 'ok',
      read: 'ok',
      delete: 'ok',
      abort: 'ok',
      clock: 'ok',
      encryption: 'warn',
    })
    expect((await blob.list('')).items).toEqual([])
  })

  test.each([
    ['list', 's3:ListBucket', 'arn:aws:s3:::trailstitch-test-guarded'],
    ['write', 's3:PutObject', /^arn:aws:s3:::trailstitch-test-guarded\/run-[^/]+\/a\/\*$/],
    ['read', 's3:GetObject', /^arn:/],
    ['delete', 's3:DeleteObject', /^arn:/],
    ['abort', 's3:AbortMultipartUpload', /^arn:/],
  ])('a user who may not %s is told of %s', async (name, action, resource) => {
    const all = ['s3:ListBucket', 's3:PutObject', 's3:GetObject', 's3:DeleteObject', 's3:AbortMultipartUpload']
    await becomeGuest(...all.filter((each) => each !== action))
    const failed = (await diagnose(await open())).filter(({ level }) => level === 'fail')
    expect(failed.map((finding) => finding.name)).toEqual([name])
    expect(failed[0]?.detail).toContain(`allow ${action}`)
    expect(failed[0]?.fix).toMatch(new RegExp(`^Allow ${action} on `))
    expect(failed[0]?.fix?.slice(`Allow ${action} on `.length, -1)).toMatch(resource)
  })

  test('calls that are not allowed name the permission they lack', async () => {
    await becomeGuest('s3:GetBucketLocation')
    const blob = await open()
    const calls: [string, () => Promise<unknown>][] = [
      ['s3:PutObject', () => blob.put('a', new Uint8Array(1))],
      ['s3:PutObject', () => blob.putStream('a', large())],
      ['s3:GetObject', () => blob.get('a')],
      ['s3:GetObject', () => blob.getStream('a')],
      ['s3:ListBucket', () => blob.list('')],
      ['s3:DeleteObject', () => blob.delete('a')],
    ]
    for (const [action, call] of calls) {
      const forbidden = { code: 'forbidden', retryable: false, message: expect.stringContaining(`allow ${action}`) }
      await expect(call(), action).rejects.toMatchObject(forbidden)
    }
  })

  test.each([
    ['right', 0, 'ok', /^this machine is \d s/],
    ['two minutes ahead', 120_000, 'warn', /12\d s ahead of/],
    ['two minutes behind', -120_000, 'warn', /1[12]\d s behind/],
    ['an hour ahead', 3_600_000, 'fail', /360\d s ahead of/],
  ])('a clock that is %s shows', async (_, offMs, level, said) => {
    const findings = await diagnose(await open(undefined, { ...systemDeps, now: () => Date.now() + offMs }))
    expect(findings.find(({ name }) => name === 'clock')).toMatchObject({ level, detail: expect.stringMatching(said) })
  })

  test('an encryption that was asked for and is not given shows', async () => {
    const findings = await diagnose(await open(`${bucket.urlOf('a')}&sse=AES256`))
    expect(findings.find(({ name }) => name === 'encryption')).toMatchObject({ level: 'fail' })
  })

  test('a bucket that is not there, or a server that is away, is the one finding', async () => {
    const none = await diagnose(await open(`s3://trailstitch-nowhere?endpoint=${endpoint}`))
    expect(none).toEqual([expect.objectContaining({ name: 'bucket', level: 'fail' })])
    const away = await diagnose(await open(bucket.urlOf('a', 'http://127.0.0.1:1')))
    expect(away).toMatchObject([{ name: 'bucket', level: 'fail', detail: expect.stringContaining('ECONNREFUSED') }])
  })
})

async function* large(): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < 9; index++) yield new Uint8Array(1024 * 1024)
}
