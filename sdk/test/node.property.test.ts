import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createClock, settleAll } from './support/clock.ts'
import { type Process, start, type World } from './support/node.ts'
import { createServer, type Reply, type SentRequest } from './support/server.ts'
import { createDisk, idsOn } from './support/spill.ts'

/** TRAILSTITCH_RUNS=10000 is the long form. */
const runs = Number(process.env.TRAILSTITCH_RUNS ?? 300)

/** How the collector and the way to it behave, up to the next change. */
const answers: Record<string, (request: SentRequest) => Reply | undefined> = {
  good: () => undefined,
  unavailable: () => ({ status: 503 }),
  limited: () => ({ status: 429, headers: { 'retry-after': '7' } }),
  cut: () => 'network error',
  silent: () => 'silence',
  picky: ({ text }) =>
    text.includes('Poison') ? { status: 400, body: { success: false, code: 'invalid_json' } } : undefined,
}

const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('track' as const), count: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('poison' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refused' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 100, 1_000, 20_000) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('answer' as const), how: fc.constantFrom(...Object.keys(answers)) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('latency' as const), ms: fc.constantFrom(0, 50, 3_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
)
type Step = typeof steps extends fc.Arbitrary<infer Each> ? Each : never

/** Processes that follow each other on one machine, and what has to be true of them. */
function createStory() {
  const clock = createClock()
  const server = createServer()
  const disk = createDisk(clock)
  const tracked = new Set<string>()
  /** Of processes that were killed: what was in their memory only. */
  const lostInMemory = new Set<string>()
  const receipts = new Set<string>()
  const story = {
    dropped: new Set<string>(),
    sentAfterReceipt: [] as string[],
    answer: answers.good,
    latencyMs: 0,
    world: undefined as unknown as World,
    boot(): void {
      let process: Process | undefined
      const folder = disk.mount(() => process ?? story.world.process)
      const onDrop = (event: unknown): void => void story.dropped.add((event as { messageId: string }).messageId)
      story.world = start({ maxQueueBytes: 12_000, flushAt: 20, onDrop }, { clock, server }, folder)
      process = story.world.process
      process.random = 0.5
      process.latencyMs = story.latencyMs
      process.onReceipt = (ids) => {
        for (const id of ids) receipts.add(id)
      }
    },
    track(event: string): void {
      const messageId = `m-${tracked.size}`
      tracked.add(messageId)
      story.world.analytics.track({ userId: 'u-1', event, messageId })
    },
    async crash(): Promise<void> {
      await settleAll()
      story.world.process.isDead = true
      const onDisk = new Set(idsOn(disk))
      const taken = new Set(server.taken.map(({ messageId }) => messageId))
      for (const id of tracked) if (!onDisk.has(id) && !taken.has(id) && !story.dropped.has(id)) lostInMemory.add(id)
      story.boot()
    },
    missing(): string[] {
      const taken = new Set(server.taken.map(({ messageId }) => messageId))
      return [...tracked].filter((id) => !taken.has(id) && !story.dropped.has(id) && !lostInMemory.has(id))
    },
    clock,
    disk,
  }
  server.answer = (request) => {
    for (const { messageId } of request.events) if (receipts.has(messageId)) story.sentAfterReceipt.push(messageId)
    return story.answer?.(request)
  }
  return story
}

async function play(story: ReturnType<typeof createStory>, step: Step): Promise<void> {
  const { analytics, process } = story.world
  if (step.kind === 'track') for (let index = 0; index < step.count; index++) story.track('Event')
  if (step.kind === 'poison') story.track('Poison')
  if (step.kind === 'refused') story.track('')
  if (step.kind === 'wait') await story.clock.advance(step.ms)
  if (step.kind === 'flush') void analytics.flush({ timeoutMs: 5_000 })
  if (step.kind === 'answer') story.answer = answers[step.how]
  if (step.kind === 'latency') story.latencyMs = process.latencyMs = step.ms
  if (step.kind === 'crash') await story.crash()
  if (step.kind === 'close') {
    void analytics.close({ timeoutMs: 2_000 })
    await story.clock.advance(2_000)
    story.boot()
  }
}

test('nothing that was accepted is lost, but for what a kill finds in memory, and nothing is sent after its receipt', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (played) => {
      const story = createStory()
      story.boot()
      for (const step of played) await play(story, step)
      story.answer = answers.picky
      // The longest pause, and the lease of a process that was killed.
      await story.clock.advance(400_000)
      // Whoever ended after the last one began may have left something: the next event makes it look.
      story.track('Event')
      await story.clock.advance(10_000)
      expect(story.missing()).toEqual([])
      expect(story.sentAfterReceipt).toEqual([])
      expect(story.disk.files.size).toBe(0)
    }),
    { numRuns: runs },
  )
}, 120_000)
