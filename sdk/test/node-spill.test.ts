import { expect, test } from 'vitest'
import { createClock, settleAll } from './support/clock.ts'
import { flushed, type Process, settled, start, track, type World } from './support/node.ts'
import { createServer } from './support/server.ts'
import { createDisk, idsOn, type TestDisk } from './support/spill.ts'

const day = 86_400_000

/** A machine on which one process follows the other. */
function createMachine(options: Parameters<typeof start>[0] = {}): { disk: TestDisk; boot: () => World } {
  const clock = createClock()
  const server = createServer()
  const disk = createDisk(clock)
  return {
    disk,
    boot() {
      let process: Process | undefined
      const folder = disk.mount(() => process ?? { ...world.process })
      const world = start({ maxQueueBytes: 20_000, ...options }, { clock, server }, folder)
      process = world.process
      return world
    },
  }
}

const kill = async (world: World): Promise<void> => {
  world.process.isDead = true
  await settleAll()
}

/** Events of about 200 bytes, with time in between for the disk. */
async function fill(world: World, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    track(world, 1)
    await settleAll(1)
  }
}

test('what does not fit in memory goes to disk and is delivered later; nothing is dropped', async () => {
  const { disk, boot } = createMachine()
  const world = boot()
  world.server.answer = () => ({ status: 503 })
  await fill(world, 500)
  expect(disk.files.size).toBeGreaterThan(1)
  expect(idsOn(disk).length).toBeGreaterThan(400)
  world.server.answer = () => undefined
  expect(await flushed(world)).toBe(true)
  expect(world.server.taken).toHaveLength(500)
  await settleAll()
  expect([disk.files.size, world.dropped]).toEqual([0, []])
})

test('what close leaves is sent by the next process', async () => {
  const { disk, boot } = createMachine()
  const first = boot()
  first.server.answer = () => 'network error'
  track(first, 20)
  expect(await settled(first, first.analytics.close({ timeoutMs: 1_000 }))).toBe(false)
  expect(first.dropped).toEqual([])
  expect(idsOn(disk)).toHaveLength(20)
  const second = boot()
  second.server.answer = () => undefined
  await settleAll()
  expect(second.server.taken).toHaveLength(20)
  expect(disk.files.size).toBe(0)
})

test('what was on disk survives a kill, once the lease of the killed process is over', async () => {
  const { disk, boot } = createMachine()
  const first = boot()
  first.server.answer = () => 'silence'
  await fill(first, 300)
  await first.clock.advance(1_000)
  const safe = idsOn(disk)
  await kill(first)
  const second = boot()
  second.server.answer = () => undefined
  await second.clock.advance(125_000)
  const taken = new Set(second.server.taken.map(({ messageId }) => messageId))
  expect(safe.length).toBeGreaterThan(200)
  expect(safe.filter((id) => !taken.has(id))).toEqual([])
  expect(disk.files.size).toBe(0)
})

test('a disk that is full or broken leaves the memory, and what is over that is dropped and counted', async () => {
  const { disk, boot } = createMachine()
  const world = boot()
  world.server.answer = () => ({ status: 503 })
  disk.maxFiles = 1
  await fill(world, 400)
  const { queue_full } = world.analytics.dropped()
  expect(queue_full).toBeGreaterThan(100)
  world.server.answer = () => undefined
  await flushed(world)
  expect(world.server.taken).toHaveLength(400 - (queue_full ?? 0))
})

test('without a disk that works, what close leaves is dropped', async () => {
  const { disk, boot } = createMachine()
  const world = boot()
  disk.isBroken = true
  world.server.answer = () => ({ status: 503 })
  track(world, 5)
  await settled(world, world.analytics.close({ timeoutMs: 100 }))
  expect(world.analytics.dropped()).toEqual({ closed: 5 })
})

test('of a file that is unfit as a whole, the event to blame is dropped alone, and what was taken leaves the file', async () => {
  const { disk, boot } = createMachine()
  const first = boot()
  first.server.answer = () => 'network error'
  track(first, 10)
  first.analytics.track({ userId: 'u-1', event: 'Poison' })
  track(first, 10)
  await settled(first, first.analytics.close({ timeoutMs: 100 }))
  const second = boot()
  let halves = 0
  second.server.answer = ({ text }) => {
    if (text.includes('Poison')) return { status: 400, body: { success: false, code: 'invalid_json' } }
    return halves++ === 0 ? undefined : 'silence'
  }
  await settleAll()
  const [taken, left] = [second.server.taken.length, idsOn(disk).length]
  expect(taken).toBeGreaterThan(0)
  expect(left).toBe(21 - taken - second.dropped.length)
  second.server.answer = ({ text }) =>
    text.includes('Poison') ? { status: 400, body: { success: false, code: 'invalid_json' } } : undefined
  await second.clock.advance(60_000)
  expect(second.analytics.dropped()).toEqual({ invalid_json: 1 })
  expect(new Set(second.server.taken.map(({ messageId }) => messageId)).size).toBe(20)
  expect(disk.files.size).toBe(0)
})

test('close in the middle of a file leaves it to the next process at once', async () => {
  const { disk, boot } = createMachine()
  const first = boot()
  first.server.answer = () => 'silence'
  track(first, 5)
  await settled(first, first.analytics.close({ timeoutMs: 100 }))
  const second = boot()
  await settleAll()
  expect(second.server.requests).toHaveLength(2)
  await settled(second, second.analytics.close({ timeoutMs: 100 }))
  const third = boot()
  third.server.answer = () => undefined
  await settleAll()
  expect(third.server.taken).toHaveLength(5)
  expect(disk.files.size).toBe(0)
})

test('what a process leaves that ends after the next one began is found while events come', async () => {
  const { disk, boot } = createMachine()
  const first = boot()
  first.server.answer = () => 'network error'
  track(first, 5)
  const second = boot()
  await settleAll()
  await settled(first, first.analytics.close({ timeoutMs: 100 }))
  second.server.answer = () => undefined
  await second.clock.advance(61_000)
  track(second, 1)
  await second.clock.advance(1_000)
  await settleAll()
  expect(second.server.taken).toHaveLength(6)
  expect(disk.files.size).toBe(0)
})

test('files of more than six days are dropped as expired: the server may no longer know their messageIds', async () => {
  const { disk, boot } = createMachine()
  const first = boot()
  first.server.answer = () => 'network error'
  track(first, 3)
  await settled(first, first.analytics.close({ timeoutMs: 100 }))
  await first.clock.advance(6 * day + 1)
  const second = boot()
  await settleAll()
  expect(second.analytics.dropped()).toEqual({ expired: 3 })
  expect(disk.files.size).toBe(0)
})

test('what another process took is not sent a second time, and flush does not wait for it', async () => {
  const { disk, boot } = createMachine()
  const first = boot()
  first.server.answer = () => ({ status: 503 })
  await fill(first, 300)
  const second = boot()
  second.server.answer = () => undefined
  await second.clock.advance(0)
  expect(await flushed(first)).toBe(true)
  const ids = first.server.taken.map(({ messageId }) => messageId)
  expect(ids).toHaveLength(300)
  expect(new Set(ids).size).toBe(300)
  expect(disk.files.size).toBe(0)
})
