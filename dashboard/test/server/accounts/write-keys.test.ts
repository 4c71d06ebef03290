import { expect, test } from 'vitest'
import { openRig } from './rig.ts'

test('write keys are shown whole to whoever manages the project, and to nobody below', async () => {
  const rig = await openRig()
  const owner = (await rig.setUp()).body
  const get = async (token: string) => await rig.call('GET', '/write-keys?project=shop', { token })
  expect(await get(owner.accessToken)).toMatchObject({
    status: 200,
    body: { writeKeys: ['wk_0123456789abcdef', 'short'] },
  })
  for (const role of ['viewer', 'analyst'] as const) {
    const { body } = await rig.join(`${role}@example.com`, role)
    expect([role, (await get(body.accessToken)).status]).toEqual([role, 403])
  }
})
