import { askErasure, eraseKey, readErasures, type Store } from '@trailstitch/backends'
import { expect, test } from 'vitest'
import { openFolderRig } from './folder-rig.ts'

const trait = 'violet-narwhal-1789'
const user = 'mona.lisa@louvre.test'
const device = 'device-of-mona-lisa'
const start = Date.UTC(2026, 4, 4, 12)
const keys = [eraseKey('p', 'user', user), eraseKey('p', 'visitor', device)]

async function openRig() {
  const rig = await openFolderRig(start)
  const { directory, clock } = rig
  const ask = (): Promise<string> => askErasure(directory, { project: 'p', profileId: 'p_1', keys }, clock.now)
  const state = async () => (await readErasures(directory, 'p')).map(({ body }) => body)
  return { ...rig, ask, state }
}

type Rig = Awaited<ReturnType<typeof openRig>>

const fill = async ({ send, work, clock }: Rig): Promise<void> => {
  await send({ type: 'identify', userId: user, anonymousId: device, traits: { pet: trait } })
  for (let index = 0; index < 20; index++)
    await send({ anonymousId: device, messageId: `m${index}`, properties: { note: `${trait} ${index}` } })
  await send({ type: 'alias', userId: user, previousId: `${user}-before` })
  await send({ anonymousId: 'somebody-else', messageId: 'other' })
  await work()
  clock.now += 60_000
}

test('after an erasure nothing of the person is left in the files of the data folder', async () => {
  const rig = await openRig()
  await fill(rig)
  expect(rig.filesWith(trait)).not.toEqual([])
  expect(rig.filesWith(user)).not.toEqual([])
  await rig.ask()
  await rig.work()
  expect(await rig.state()).toMatchObject([{ state: 'waiting', events: 0 }])
  rig.clock.now += 10_000
  await rig.work()
  expect(await rig.state()).toMatchObject([{ state: 'done', events: 22, doneAt: rig.clock.now }])
  const { items } = await rig.store.query({ type: 'events', project: 'p' })
  expect(items.map(({ messageId }) => messageId)).toEqual(['other'])
  for (const text of [trait, user, device]) expect([text, rig.filesWith(text)]).toEqual([text, []])
  await rig.close()
  for (const text of [trait, user, device]) expect([text, rig.filesWith(text)]).toEqual([text, []])
})

test('what was received before and comes out of the queue later is dropped, counted, and in the books', async () => {
  const rig = await openRig()
  await fill(rig)
  await rig.ask()
  await rig.send({ userId: user, messageId: 'late' }, rig.clock.now - 1)
  await rig.send({ anonymousId: device, messageId: 'late too' }, rig.clock.now - 1)
  await rig.send({ userId: user, messageId: 'after' }, rig.clock.now + 1)
  await rig.work()
  rig.clock.now += 10_000
  await rig.work()
  await rig.work()
  expect(await rig.state()).toMatchObject([{ state: 'done', dropped: 2 }])
  const { items } = await rig.store.query({ type: 'events', project: 'p' })
  expect(items.map(({ messageId }) => messageId).sort()).toEqual(['after', 'other'])
  const { received, stored, rejected } = await rig.store.query({ type: 'ledger' })
  expect([received, stored, rejected]).toEqual([26, 26, 0])
  await rig.close()
})

test('what comes out of the queue after an erasure leaves nothing in its file, whoever took it out', async () => {
  const rig = await openRig()
  await fill(rig)
  await rig.ask()
  const sendLate = (messageId: string) =>
    rig.send({ userId: user, messageId, properties: { note: trait } }, rig.clock.now - 60_000)
  rig.clock.now += 10_000
  await rig.work()
  await sendLate('late')
  await rig.work()
  expect(rig.filesWith(trait)).toEqual([])
  // As one that is killed once it has acknowledged.
  await sendLate('later')
  const [taken] = await rig.queue.receive({ max: 1, waitMs: 0, leaseMs: 10_000 })
  await rig.queue.ack([taken?.receipt ?? ''])
  expect(rig.filesWith(trait)).not.toEqual([])
  await rig.work()
  expect(rig.filesWith(trait)).toEqual([])
  await rig.close()
})

test('a worker that dies in the middle is followed by one that goes on', async () => {
  const rig = await openRig()
  await fill(rig)
  await rig.ask()
  rig.clock.now += 10_000
  const dying: Store = {
    ...rig.store,
    erase: async (request) => {
      await rig.store.erase(request, 1)
      throw new Error('died on purpose')
    },
  }
  await rig.work(dying)
  expect(await rig.state()).toMatchObject([{ state: 'waiting' }])
  await rig.work()
  expect(await rig.state()).toMatchObject([{ state: 'done' }])
  expect((await rig.store.query({ type: 'people', project: 'p' })).items).toHaveLength(1)
  expect(rig.filesWith(trait)).toEqual([])
  await rig.close()
})

test('what is known of an erasure names nobody and goes after 8 days', async () => {
  const rig = await openRig()
  await fill(rig)
  await rig.ask()
  rig.clock.now += 10_000
  await rig.work()
  expect(JSON.stringify(await rig.state())).not.toContain('mona')
  rig.clock.now += 8 * 86_400_000 + 1
  expect(await rig.state()).toEqual([])
  await rig.close()
})
