import { expect, test } from 'vitest'
import { parseS3Url } from '../../src/blob/s3-url.ts'

test('a URL names bucket, prefix and options', () => {
  expect(parseS3Url('s3://my-bucket/a/b?region=eu-central-1&sse=aws:kms&kmsKey=arn:aws:kms:eu:1:key/x')).toEqual({
    bucket: 'my-bucket',
    root: 'a/b/',
    region: 'eu-central-1',
    endpoint: undefined,
    sse: 'aws:kms',
    kmsKey: 'arn:aws:kms:eu:1:key/x',
  })
})

test('prefix and options may be left out', () => {
  const bare = { bucket: 'my.bucket', root: '', region: undefined, endpoint: undefined, sse: undefined }
  expect(parseS3Url('s3://my.bucket')).toMatchObject(bare)
  expect(parseS3Url('s3://my.bucket/')).toMatchObject(bare)
  expect(parseS3Url('s3://my.bucket/a/')).toMatchObject({ ...bare, root: 'a/' })
})

test('another server is signed for in us-east-1 unless told otherwise', () => {
  const endpoint = 'http://127.0.0.1:9000'
  expect(parseS3Url(`s3://bucket?endpoint=${endpoint}`)).toMatchObject({ endpoint, region: 'us-east-1' })
  expect(parseS3Url(`s3://bucket?region=garage&endpoint=${endpoint}`)).toMatchObject({ endpoint, region: 'garage' })
})

test.each([
  ['no bucket', 's3:'],
  ['no slashes', 's3:bucket/secret'],
  ['credentials', 's3://user:secret@bucket/a'],
  ['upper case', 's3://SECRET/a'],
  ['a short bucket', 's3://ab'],
  ['a hostile prefix', 's3://bucket/../secret'],
  ['a double slash', 's3://bucket/a//secret'],
  ['an overlong prefix', `s3://bucket/${'secret'.repeat(84)}`],
  ['a fragment', 's3://bucket/a#secret'],
  ['an unknown option', 's3://bucket/a?secret=1'],
  ['an option twice', 's3://bucket/a?region=secret&region=secret'],
  ['an empty option', 's3://bucket/a?region='],
  ['another region than one', 's3://bucket/a?region=secret/'],
  ['another encryption', 's3://bucket/a?sse=secret'],
  ['a key without its encryption', 's3://bucket/a?sse=AES256&kmsKey=secret'],
  ['an endpoint with credentials', 's3://bucket/a?endpoint=http://user:secret@host'],
  ['an endpoint with a path', 's3://bucket/a?endpoint=http://host/secret'],
  ['an endpoint that is none', 's3://bucket/a?endpoint=secret'],
])('%s is refused and not repeated', (_, url) => {
  const parse = () => parseS3Url(url)
  expect(parse).toThrow(expect.objectContaining({ code: 'invalid_url', retryable: false }))
  expect(parse).not.toThrow(/secret/i)
})
