import { CreateQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Deps, systemDeps } from '../../src/deps.ts'
import type { Diagnosis } from '../../src/diagnosis.ts'
import { openSqsQueue } from '../../src/queue/sqs.ts'
import { createSqsServer, type SqsServer } from '../fixtures/sqs.ts'
import { createSqsProxy, type SqsProxy } from '../fixtures/sqs-proxy.ts'

const servers: [string, string][] = [
  ['fauxqs', process.env.FAUXQS_URL ?? ''],
  ['ElasticMQ', process.env.ELASTICMQ_URL ?? ''],
]
const limits = { connectMs: 300, requestMs: 1_000, callMs: 2_000 }
const levels = (findings: readonly Diagnosis[]) => Object.fromEntries(findings.map(({ name, level }) => [name, level]))

describe.each(servers)('sqs: diagnosis on %s (skipped where no server is named)', (serverName, endpoint) => {
  let server: SqsServer
  let proxy: SqsProxy
  beforeAll(async () => {
    if (endpoint === '') return
    server = createSqsServer(endpoint)
    proxy = await createSqsProxy(endpoint)
  })
  afterAll(async () => {
    await proxy?.close()
    await server?.close()
  })
  const testHere = test.skipIf(endpoint === '')

  async function diagnose(
    url: string,
    { deps = systemDeps, maxReceives = 5 }: { deps?: Deps; maxReceives?: number } = {},
  ) {
    const queue = await openSqsQueue(url, deps, { maxReceives }, limits)
    onTestFinished(() => queue.close())
    const findings = (await queue.diagnose?.()) ?? []
    return { queue, findings }
  }

  testHere('a queue with dead letters is fine, and no message goes in or out', async () => {
    const { queue, findings } = await diagnose(server.urlOf(await server.create()))
    const { encryption, retention = 'ok', ...others } = levels(findings)
    expect(others).toEqual({
      queue: 'ok',
      send: 'ok',
      receive: 'ok',
      delete: 'ok',
      extend: 'ok',
      clock: 'ok',
      'dead letters': 'ok',
    })
    // Some servers say nothing of these.
    expect([retention, encryption]).toEqual(['ok', expect.stringMatching('ok|warn')])
    expect(await queue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0, oldestAgeMs: 0 })
  })

  testHere.each([
    ['send', 'SendMessageBatch', 'sqs:SendMessage'],
    ['receive', 'ReceiveMessage', 'sqs:ReceiveMessage'],
    ['delete', 'DeleteMessageBatch', 'sqs:DeleteMessage'],
    ['extend', 'ChangeMessageVisibilityBatch', 'sqs:ChangeMessageVisibility'],
    ['queue', 'GetQueueAttributes', 'sqs:GetQueueAttributes'],
  ])('whoever may not %s is told which permission is missing', async (name, forbidden, action) => {
    const url = server.urlOf(await server.create(), proxy.endpoint)
    proxy.judge((request) =>
      request.action === forbidden ? { kind: 'refuse', status: 403, code: 'AccessDeniedException' } : { kind: 'pass' },
    )
    onTestFinished(() => proxy.judge(() => ({ kind: 'pass' })))
    const failed = (await diagnose(url)).findings.filter(({ level }) => level === 'fail')
    expect(failed.map((finding) => finding.name)).toEqual([name])
    expect(failed[0]?.fix).toMatch(new RegExp(`^Allow ${action} on `))
  })

  testHere('a queue without a redrive policy, with a short memory or other counts shows', async () => {
    const { QueueUrl = '' } = await server.client.send(new CreateQueueCommand({ QueueName: `bare-${Date.now()}` }))
    const bare = levels((await diagnose(server.urlOf(QueueUrl.split('/').at(-1) ?? ''))).findings)
    expect(bare['dead letters']).toBe('fail')
    const name = await server.create(3)
    const Attributes = { MessageRetentionPeriod: '3600' }
    for (const url of [server.queueUrl(name), server.deadUrl(name)])
      await server.client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }))
    const { findings } = await diagnose(server.urlOf(name))
    const warnings = findings.filter(({ level }) => level === 'warn').map(({ detail }) => detail)
    expect(warnings).toContain('the policy counts, not maxReceives (5)')
    if (serverName !== 'ElasticMQ')
      // which does not tell how long it remembers
      expect(warnings).toEqual(
        expect.arrayContaining([expect.stringMatching(/forgotten after 0 days/), expect.stringMatching(/no later/)]),
      )
  })

  testHere('a queue that is not there, or a service that is away, is the one finding', async () => {
    const { findings: none } = await diagnose(server.urlOf('nowhere'))
    expect(none).toMatchObject([{ name: 'queue', level: 'fail', detail: expect.stringContaining('not there') }])
    const { findings: away } = await diagnose(server.urlOf('nowhere', 'http://127.0.0.1:1'))
    expect(away).toMatchObject([{ name: 'queue', level: 'fail', detail: expect.stringContaining('ECONNREFUSED') }])
  })

  testHere('a clock that is wrong shows', async () => {
    const ahead = { ...systemDeps, now: () => Date.now() + 120_000 }
    const { findings } = await diagnose(server.urlOf(await server.create()), { deps: ahead })
    const clock = findings.find(({ name }) => name === 'clock')
    expect(clock).toMatchObject({ level: 'warn', detail: expect.stringMatching(/1[12]\d s ahead of/) })
  })
})
