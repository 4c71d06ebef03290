import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
  request as send,
} from 'node:http'
import { closeServer, listen } from '../browser/site.ts'
import { listOf, type Policy } from './policies.ts'

/** A way to the emulator for one service, which lets through what a policy allows, as AWS would. */
export interface Guard {
  url: string
  /** `ACTION RESOURCE`, the resource as the policy has it. */
  used: Set<string>
  /** What was refused, the same way, with the resource's own name. */
  refused: Set<string>
  /** While true SQS answers nothing but failures. */
  setQueueDown(isDown: boolean): void
  close(): Promise<void>
}

const batches = /Batch$/

/** SQS's and S3's own names for what a request asks for, with our test's queues and bucket by their names in the policy. */
function readCall({ method, url = '/', headers }: IncomingMessage, body: Buffer): { action: string; resource: string } {
  const target = headers['x-amz-target']
  if (typeof target === 'string') {
    const named = JSON.parse(body.toString()) as { QueueUrl?: string; QueueName?: string; SourceArn?: string }
    const name = (named.QueueUrl ?? named.QueueName ?? named.SourceArn ?? '').split(/[/:]/).at(-1)
    const action = target.replace('AmazonSQS.', 'sqs:').replace(batches, '')
    return { action, resource: `arn:aws:sqs:eu-central-1:123456789012:${name}` }
  }
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const [, key] = /^\/[^/]+\/?(.*)$/.exec(pathname) ?? []
  const resource = `arn:aws:s3:::my-bucket${key ? `/${key}` : ''}`
  if (!key) return { action: 's3:ListBucket', resource }
  if (method === 'DELETE')
    return { action: searchParams.has('uploadId') ? 's3:AbortMultipartUpload' : 's3:DeleteObject', resource }
  return { action: method === 'GET' || method === 'HEAD' ? 's3:GetObject' : 's3:PutObject', resource }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function forward(url: string, options: RequestOptions, body: Buffer): Promise<IncomingMessage> {
  const [answer] = (await once(send(url, options).end(body), 'response')) as [IncomingMessage]
  return answer
}

const fits = (pattern: string, text: string): boolean =>
  pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text

export async function startGuard(emulator: string, { Statement }: Policy): Promise<Guard> {
  const used = new Set<string>()
  const refused = new Set<string>()
  let isQueueDown = false

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request)
    const isSqs = request.headers['x-amz-target'] !== undefined
    if (isSqs && isQueueDown) return void response.writeHead(503).end()
    const { action, resource } = readCall(request, body)
    const found = Statement.filter(({ Action }) => listOf(Action).includes(action))
      .flatMap(({ Resource }) => listOf(Resource))
      .find((pattern) => fits(pattern, resource))
    if (found === undefined) {
      refused.add(`${action} ${resource}`)
      response.writeHead(403, { 'content-type': isSqs ? 'application/x-amz-json-1.0' : 'application/xml' })
      return void response.end(
        isSqs ? '{"__type":"com.amazonaws.sqs#AccessDeniedException"}' : '<Error><Code>AccessDenied</Code></Error>',
      )
    }
    used.add(`${action} ${found}`)
    const { method = 'GET', url = '/', headers } = request
    const sent = await forward(emulator + url, { method, headers }, body)
    response.writeHead(sent.statusCode ?? 500, sent.headers)
    sent.pipe(response)
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  return {
    url: await listen(server),
    used,
    refused,
    setQueueDown(isDown) {
      isQueueDown = isDown
    },
    close: () => closeServer(server),
  }
}
