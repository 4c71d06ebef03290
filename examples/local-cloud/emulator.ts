import { buildApp } from 'fauxqs'

/** Of the queues; the bucket has none. The emulator keeps each region's queues apart. */
export const region = 'eu-central-1'
const account = '000000000000'
const queue = 'trailstitch'
const deadLetters = `${queue}-dead`
const bucket = 'trailstitch'

const daySeconds = 24 * 60 * 60
/** As docs/operate.md makes them on AWS. */
const queues = {
  [deadLetters]: { MessageRetentionPeriod: `${14 * daySeconds}` },
  [queue]: {
    MessageRetentionPeriod: `${4 * daySeconds}`,
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: `arn:aws:sqs:${region}:${account}:${deadLetters}`,
      maxReceiveCount: 5,
    }),
  },
}

export interface Emulator {
  url: string
  close(): Promise<void>
}

/** SQS and S3 in memory, with the queue, its dead letters and the bucket that trailstitch.json names. Port 0 takes a free one. */
export async function startEmulator({ host, port }: { host: string; port: number }): Promise<Emulator> {
  const app = buildApp({ logger: false, defaultRegion: region })
  for (const [name, attributes] of Object.entries(queues)) {
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.CreateQueue' },
      payload: JSON.stringify({ QueueName: name, Attributes: attributes }),
    })
    if (statusCode !== 200) throw new Error(`The queue ${name} was not made: ${body}`)
  }
  const { statusCode, body } = await app.inject({ method: 'PUT', url: `/${bucket}` })
  if (statusCode !== 200) throw new Error(`The bucket ${bucket} was not made: ${body}`)
  return { url: await app.listen({ host, port }), close: () => app.close() }
}
