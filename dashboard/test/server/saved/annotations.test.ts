import { expect, test } from 'vitest'
import { openTeam } from './people.ts'

const url = '/projects/shop/annotations'

test('a note on a day stays on that day, one on a moment is told in UTC', async () => {
  const { call } = await openTeam()
  const make = async (when: string) => (await call('ann', 'POST', url, { when, text: ' Sale begins ' })).body
  expect(await make('2026-11-27')).toMatchObject({ when: '2026-11-27', text: 'Sale begins' })
  expect(await make('2026-11-28T01:00:00+02:00')).toMatchObject({ when: '2026-11-27T23:00:00.000Z' })
  await make('2026-01-01')
  const { items } = (await call('viewer', 'GET', url)).body
  expect(items.map(({ when }) => when)).toEqual(['2026-11-27T23:00:00.000Z', '2026-11-27', '2026-01-01'])
  expect((await call('stranger', 'GET', url)).body.code).toBe('unknown_project')
})

test('analysts delete their own, admins all, and each change is audited', async () => {
  const { call, audited } = await openTeam()
  const make = async (who: string) => (await call(who, 'POST', url, { when: '2026-11-27', text: 'x' })).body
  expect((await make('viewer')).code).toBe('forbidden')
  const [first, second] = [await make('ann'), await make('ann')]
  expect((await call('bob', 'DELETE', `${url}/${first.id}`)).body.code).toBe('forbidden')
  expect((await call('ann', 'DELETE', `${url}/${first.id}`)).status).toBe(200)
  expect((await call('admin', 'DELETE', `${url}/${second.id}`)).status).toBe(200)
  expect((await call('admin', 'DELETE', `${url}/${second.id}`)).body.code).toBe('unknown_annotation')
  expect((await audited()).filter((action) => action === 'annotation.deleted')).toHaveLength(2)
  expect((await call('viewer', 'GET', url)).body.items).toEqual([])
})

test('what is no time or no text is refused, and markup stays text', async () => {
  const { call } = await openTeam()
  for (const when of ['', 'today', '2026-13-01', '2026-02-31', '2026-11-27T10:00', '1700000000000'])
    expect([when, (await call('ann', 'POST', url, { when, text: 'x' })).body.code]).toEqual([when, 'invalid_request'])
  for (const text of ['', '   ', 'x'.repeat(201)])
    expect((await call('ann', 'POST', url, { when: '2026-11-27', text })).body.code).toBe('invalid_request')
  const text = '<script>alert(1)</script>'
  expect((await call('ann', 'POST', url, { when: '2026-11-27', text })).body.text).toBe(text)
})
