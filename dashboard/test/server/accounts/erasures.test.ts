import { eraseKey, readErasures } from '@trailstitch/backends'
import { expect, test } from 'vitest'
import { iso, person, start } from '../scripted.ts'
import { adminToken, openRig, type Rig } from './rig.ts'

const ann = person({
  profileId: 'p_ann',
  userIds: ['ann'],
  anonymousIds: ['visitor-1', 'visitor-2'],
  traits: { email: 'Ann@Example.com' },
})
const openWithAnn = () => openRig({ script: { person: ({ profileId }) => (profileId === 'gone' ? undefined : ann) } })
const erase = (rig: Rig, payload: object, token = adminToken, profileId = 'p1') =>
  rig.post(`/people/${profileId}/erase`, payload, { token })
const list = (rig: Rig) => rig.call('GET', '/erasures?project=shop', { token: adminToken })

test('an erasure is asked for in the directory, by digests, and can be followed', async () => {
  const rig = await openWithAnn()
  const { status, body } = await erase(rig, { confirm: ' ann@example.COM ' })
  expect([status, typeof body.id]).toEqual([202, 'string'])
  expect((await list(rig)).body.items).toEqual([
    {
      ...{ id: body.id, profileId: 'p_ann', state: 'waiting', requestedAt: iso(start) },
      ...{ doneAt: null, events: 0, dropped: 0 },
    },
  ])
  const [document] = await readErasures(rig.directory)
  expect(document?.body.keys).toEqual([
    eraseKey('shop', 'user', 'ann'),
    eraseKey('shop', 'visitor', 'visitor-1'),
    eraseKey('shop', 'visitor', 'visitor-2'),
  ])
  expect(JSON.stringify(document)).not.toMatch(/ann@|visitor-/i)
})

test('who asks twice is told of the same erasure', async () => {
  const rig = await openWithAnn()
  const first = await erase(rig, { confirm: 'visitor-2' })
  const second = await erase(rig, { confirm: 'ann' })
  expect(second.body.id).toBe(first.body.id)
  expect((await list(rig)).body.items).toHaveLength(1)
})

test('it is in the audit log, which names nobody', async () => {
  const rig = await openWithAnn()
  const { accessToken } = (await rig.setUp()).body
  await erase(rig, { confirm: 'ann' }, accessToken)
  const { items } = (await rig.call('GET', '/projects/shop/audit', { token: adminToken })).body
  const entry = items.find(({ action }) => action === 'person.erased')
  expect([entry?.object, entry?.detail]).toEqual(['p_ann', undefined])
})

test('it takes a word that only somebody who looked knows, and an admin', async () => {
  const rig = await openWithAnn()
  await rig.setUp()
  const codeOf = async (payload: object, token?: string) => (await erase(rig, payload, token)).body.code
  for (const confirm of ['bob', 'p_ann', 'visitor', '   ', '__proto__', '*'])
    expect([confirm, await codeOf({ confirm })]).toEqual([confirm, 'not_confirmed'])
  for (const hostile of [{}, { confirm: '' }, { confirm: { $ne: null } }, { confirm: 'x'.repeat(1_025) }])
    expect([hostile, await codeOf(hostile)]).toEqual([hostile, 'invalid_request'])
  const analyst = (await rig.join('analyst@example.com', 'analyst')).body.accessToken
  expect(await codeOf({ confirm: 'ann' }, analyst)).toBe('forbidden')
  expect((await erase(rig, { confirm: 'ann' }, adminToken, 'gone')).body.code).toBe('unknown_person')
  expect(await readErasures(rig.directory)).toEqual([])
})

test('a person without an e-mail address is not confirmed by nothing', async () => {
  const rig = await openRig({ script: { person: () => person({ traits: { email: '' } }) } })
  expect((await erase(rig, { confirm: ' ' })).body.code).toBe('not_confirmed')
})
