import { randomUUID } from 'node:crypto'
import { MongoClient } from 'mongodb'
import { createBucket } from '../../backends/test/fixtures/bucket.ts'
import { awsCredentials, cloudServers } from './config.ts'
import { callSqs } from './sqs.ts'

/** A queue with dead letters, a bucket's corner, a database and a Redis of one test's own. */
export interface Cloud {
  /** The four URLs by their variables, with the credentials for them. */
  env: Readonly<Record<string, string>>
  close(): Promise<void>
}

export const hasCloud: boolean = Object.values(cloudServers).every((url) => url !== '')
/** For the name of a test that is skipped without them. */
export const cloudNeeds: string = Object.keys(cloudServers).join(', ')

const region = 'eu-central-1'

export async function createCloud(): Promise<Cloud> {
  const { FAUXQS_URL: sqs, TEST_S3_ENDPOINT: s3, MONGO_URL: mongo, REDIS_URL: redis } = cloudServers
  const name = `trailstitch-${randomUUID().slice(0, 8)}`
  const dead = await callSqs<{ QueueUrl: string }>(sqs, 'CreateQueue', { QueueName: `${name}-dead` })
  const asked = { QueueUrl: dead.QueueUrl, AttributeNames: ['QueueArn'] }
  const { Attributes } = await callSqs<{ Attributes: { QueueArn: string } }>(sqs, 'GetQueueAttributes', asked)
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes.QueueArn, maxReceiveCount: 5 })
  const own = await callSqs<{ QueueUrl: string }>(sqs, 'CreateQueue', {
    QueueName: name,
    Attributes: { RedrivePolicy },
  })
  const bucket = await createBucket(s3)
  const store = new URL(mongo)
  store.pathname = `/${name}`
  const kv = new URL(redis)
  kv.searchParams.set('prefix', `${name}:`)
  return {
    env: {
      ...awsCredentials,
      QUEUE_URL: `sqs://${name}?region=${region}&endpoint=${sqs}`,
      STORE_URL: store.href,
      KV_URL: kv.href,
      BLOB_URL: bucket.urlOf('blobs'),
    },
    async close() {
      for (const QueueUrl of [own.QueueUrl, dead.QueueUrl]) await callSqs(sqs, 'DeleteQueue', { QueueUrl })
      await bucket.close()
      const client = new MongoClient(mongo)
      await client.db(name).dropDatabase()
      await client.close()
    },
  }
}
