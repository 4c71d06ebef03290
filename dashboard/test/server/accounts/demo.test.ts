import { decodeChunk, type WireEvent } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { overviewAnswer } from '../scripted.ts'
import { adminToken, openRig, type Rig } from './rig.ts'

const admin = { token: adminToken }
const demo = ({ seed }: { seed: string }): WireEvent[] =>
  Array.from({ length: 450 }, (_, index) => ({ type: 'track', event: seed, messageId: `d${index}`, anonymousId: 'a' }))

const openDemoRig = (stored = 0) => {
  const overview = ({ from, to }: { from: number; to: number }) => {
    const answer = overviewAnswer(from, to)
    return { ...answer, totals: { ...answer.totals, events: stored - answer.botEvents } }
  }
  return openRig({ demo, script: { overview } })
}

/** What was put into the queue, by project. */
const sentIn = ({ queue }: Rig): Record<string, number> => {
  const sent: Record<string, number> = {}
  for (const body of queue.pending)
    for (const { project, events } of decodeChunk(body).header.parts) sent[project] = (sent[project] ?? 0) + events
  return sent
}

const make = async (rig: Rig, token = adminToken) =>
  (await rig.post('/demo', {}, { token })).body as unknown as { project: string; code?: string }

test('demo data is a marked project of its own, and its events are durable with the answer', async () => {
  const rig = await openDemoRig()
  const { accessToken: token } = (await rig.setUp()).body
  const { project } = await make(rig, token)
  expect(rig.projects.byId(project)).toMatchObject({ name: 'Demo data', isDemo: true })
  expect(sentIn(rig)).toEqual({ [project]: 450 })
  expect((await rig.call('GET', '/me', { token })).body.projects.at(-1)).toMatchObject({
    ...{ id: project, role: 'owner', isDemo: true },
  })
  expect((await rig.call('GET', `/projects/${project}/audit`, admin)).body.items[0]).toMatchObject({
    action: 'demo.made',
  })
})

test('there is one at a time: whoever asks again, or at the same time, finds it', async () => {
  const rig = await openDemoRig()
  const { accessToken: token } = (await rig.setUp()).body
  const other = (await rig.join('other@example.com', 'owner', 'blog')).body.accessToken
  const all = await Promise.all([make(rig, token), make(rig, token), make(rig, other)])
  const ids = new Set([...all, await make(rig, other)].map(({ project }) => project))
  expect(ids.size).toBe(1)
  const [project = ''] = ids
  expect(rig.projects.all().filter(({ isDemo }) => isDemo)).toHaveLength(1)
  // Sent side by side they are the same events, and sent no more once they are known to be there.
  const sent = sentIn(rig)[project]
  await make(rig, token)
  expect(sentIn(rig)).toEqual({ [project]: sent })
  expect((await rig.call('GET', '/me', { token: other })).body.projects.map(({ id }) => id)).toContain(project)
})

test('one that was cut off is finished by the next call, with the same events', async () => {
  const rig = await openDemoRig()
  const send = rig.queue.send
  let sends = 0
  rig.queue.send = async (bodies) => {
    if (sends++ > 0) throw new Error('cut on purpose')
    return send(bodies)
  }
  expect((await make(rig)).code).toBe('queue_unavailable')
  rig.queue.send = send
  const [cut] = Object.keys(sentIn(rig))
  expect((await make(rig)).project).toBe(cut)
  expect(Object.keys(sentIn(rig))).toEqual([cut])
  expect(sentIn(rig)[cut ?? '']).toBeGreaterThanOrEqual(450)
})

test('how far it is stored can be asked; after its removal there is none, and the next one is another', async () => {
  const rig = await openDemoRig(300)
  const read = async () => (await rig.call('GET', '/demo', admin)).body
  expect(await read()).toEqual({ isOffered: true, project: null, events: 0, stored: 0 })
  const { project } = await make(rig)
  expect(await read()).toEqual({ isOffered: true, project, events: 450, stored: 300 })
  await rig.call('DELETE', `/projects/${project}`, { payload: { confirm: 'Demo data' }, ...admin })
  expect(await read()).toMatchObject({ project: null })
  const next = (await make(rig)).project
  expect(next).toMatch(/^demo-/)
  expect(next).not.toBe(project)
})

test('who owns nothing makes none, and a server without events offers none', async () => {
  const rig = await openDemoRig()
  await rig.setUp()
  const analyst = (await rig.join('analyst@example.com', 'analyst')).body.accessToken
  for (const method of ['GET', 'POST'] as const)
    expect((await rig.call(method, '/demo', { token: analyst })).body.code).toBe('forbidden')
  const plain = await openRig()
  expect((await make(plain)).code).toBe('demo_unavailable')
  expect((await plain.call('GET', '/demo', admin)).body).toMatchObject({ isOffered: false })
})
