import { addProject, askRemoval, readProjects, readRemoval, type Store } from '@trailstitch/backends'
import type { Project } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { openFolderRig } from './folder-rig.ts'

const start = Date.UTC(2026, 4, 4, 12)
const trait = 'violet-narwhal-1789'
const kept: Project = { id: 'p', name: 'P', writeKeys: ['k'] }
const made: Project = { id: 'made', name: 'Made', writeKeys: ['m'], isDemo: true }

/** Two projects with events; the second one lies in the directory, with what people made in it. */
async function openRig() {
  const rig = await openFolderRig(start, [kept, made])
  const { directory, clock, work, send, projects } = rig
  await addProject(directory, made)
  for (const project of ['p', 'made']) {
    for (let index = 0; index < 3; index++)
      await send({ anonymousId: `a${index}`, messageId: `m${index}`, properties: { pet: trait } }, clock.now, project)
    await directory.write('report', `report of ${project}`.replaceAll(' ', '-'), { project }, at(project))
    await directory.write('api-key', `key-of-${project}`, { project }, at(project))
    await directory.write('audit', `audit-of-${project}`, { project }, at(project))
    await directory.write('team', project, { members: {} }, { expected: 'new' })
  }
  await work()
  const ask = async (): Promise<void> => {
    await askRemoval(directory, made, ['u1'], clock.now)
    projects.replace([kept]) // as services do, who follow the directory
  }
  const state = async () => (await readRemoval(directory, 'made'))?.body
  const events = async (project: string): Promise<string[]> =>
    (await rig.store.query({ type: 'events', project })).items.map(({ messageId }) => messageId).sort()
  const books = async () => {
    const { received, stored, rejected } = await rig.store.query({ type: 'ledger' })
    return { received, stored, rejected }
  }
  return { ...rig, ask, state, events, books }
}

const at = (project: string) => ({ expected: 'new', keys: { project } })
const all = ['m0', 'm1', 'm2']

test('a project that is asked for is gone after some seconds, and others stay', async () => {
  const rig = await openRig()
  await rig.ask()
  expect(await readProjects(rig.directory)).toEqual([])
  await rig.work()
  expect([await rig.events('made'), await rig.state()]).toMatchObject([all, { state: 'waiting', isDemo: true }])
  rig.clock.now += 10_000
  await rig.work()
  expect(await rig.state()).toMatchObject({ state: 'done', events: 3, doneAt: rig.clock.now, owners: ['u1'] })
  expect([await rig.events('made'), await rig.events('p')]).toEqual([[], all])
  expect(await rig.books()).toEqual({ received: 3, stored: 3, rejected: 0 })
  await rig.close()
})

test('what people made in it goes with it, but for the audit log', async () => {
  const rig = await openRig()
  await rig.ask()
  await rig.work()
  const left = async (kind: string) => (await rig.directory.list(kind, { limit: 10 })).items.map(({ id }) => id)
  expect(await left('report')).toEqual(['report-of-p'])
  expect(await left('api-key')).toEqual(['key-of-p'])
  expect(await left('team')).toEqual(['p'])
  expect(await left('audit')).toEqual(['audit-of-made', 'audit-of-p'])
  await rig.close()
})

test('a removal that was cut off before the project was taken away is finished by a worker', async () => {
  const rig = await openRig()
  const broken = { write: rig.directory.write, delete: () => Promise.reject(new Error('cut on purpose')) }
  await expect(askRemoval(broken, made, [], rig.clock.now)).rejects.toThrow('cut')
  expect(await readProjects(rig.directory)).toEqual([made])
  await rig.work()
  expect(await readProjects(rig.directory)).toEqual([])
  rig.projects.replace([kept])
  rig.clock.now += 10_000
  await rig.work()
  expect(await rig.state()).toMatchObject({ state: 'done' })
  await rig.close()
})

test('what comes out of the queue later is dropped and stands in no books, whenever that is', async () => {
  const rig = await openRig()
  await rig.ask()
  rig.clock.now += 10_000
  await rig.work()
  for (const days of [0, 30]) {
    rig.clock.now += days * 86_400_000
    await rig.send({ anonymousId: 'a1', messageId: `late ${days}` }, rig.clock.now, 'made')
    await rig.send({ broken: true }, rig.clock.now, 'made')
    await rig.send({ anonymousId: 'a1', messageId: `other ${days}` })
    await rig.work()
  }
  expect(await rig.events('made')).toEqual([])
  expect((await rig.store.query({ type: 'rejected', project: 'made' })).items).toEqual([])
  expect(await rig.books()).toEqual({ received: 5, stored: 5, rejected: 0 })
  await rig.close()
})

test('a worker that dies in the middle is followed by one that goes on', async () => {
  const rig = await openRig()
  await rig.ask()
  rig.clock.now += 10_000
  const dying: Store = {
    ...rig.store,
    removeProject: async (project) => {
      await rig.store.removeProject(project, 1)
      throw new Error('died on purpose')
    },
  }
  await rig.work(dying)
  expect(await rig.state()).toMatchObject({ state: 'running' })
  await rig.work()
  expect(await rig.state()).toMatchObject({ state: 'done' })
  expect([await rig.events('made'), await rig.events('p')]).toEqual([[], all])
  await rig.close()
})

test('what a held up worker wrote after the end goes a day later, once', async () => {
  const rig = await openRig()
  await rig.ask()
  rig.clock.now += 10_000
  await rig.work()
  const event = {
    project: 'made',
    messageId: 'x',
    type: 'track' as const,
    name: 'x',
    timestamp: start,
    receivedAt: start,
  }
  const chunk = { collector: 'held', seq: 1, voided: [], received: [], rejected: [] }
  await rig.store.append([{ ...chunk, events: [{ ...event, anonymousId: 'a1' }] }])
  await rig.work()
  expect(await rig.events('made')).toEqual(['x'])
  rig.clock.now += 86_400_000
  await rig.work()
  expect([await rig.events('made'), await rig.state()]).toMatchObject([[], { isSettled: true }])
  await rig.close()
})

test('a project of the configuration that has the id of one that is gone is left alone', async () => {
  const rig = await openRig()
  await rig.ask()
  rig.projects.replace([kept, made]) // as where it stands in the configuration
  rig.clock.now += 10_000
  await rig.send({ anonymousId: 'a1', messageId: 'new' }, rig.clock.now, 'made')
  await rig.work()
  expect([await rig.events('made'), await rig.state()]).toMatchObject([[...all, 'new'], { state: 'waiting' }])
  await rig.close()
})

test('nothing of it is left in the bytes of the store', async () => {
  const rig = await openRig()
  await rig.send({ anonymousId: 'only-here-1789', messageId: 'm9' }, rig.clock.now, 'made')
  await rig.work()
  expect(rig.filesWith('only-here-1789')).not.toEqual([])
  await rig.ask()
  rig.clock.now += 10_000
  await rig.work()
  expect(rig.filesWith('only-here-1789')).toEqual([])
  await rig.close()
})
