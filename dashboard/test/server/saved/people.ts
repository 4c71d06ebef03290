import type { Role } from '../../../src/server/accounts/documents.ts'
import { adminToken, openRig, type Rig } from '../accounts/rig.ts'
import type { Script } from '../scripted.ts'

// A project with a member of each role, as the tests of what members keep need it.

export interface SavedAnswer {
  id: string
  name: string
  text: string
  code: string
  message: string
  items: SavedAnswer[]
  [field: string]: unknown
}

export async function openTeam(script: Script = {}) {
  const rig = await openRig({ script })
  await rig.setUp()
  const tokens: Record<string, string> = { operator: adminToken }
  const join = async (name: string, role: Role, project = 'shop') => {
    tokens[name] = (await rig.join(`${name}@example.com`, role, project)).body.accessToken
  }
  await join('viewer', 'viewer')
  await join('ann', 'analyst')
  await join('bob', 'analyst')
  await join('admin', 'admin')
  await join('stranger', 'owner', 'blog')
  const call = async (who: string, method: Parameters<Rig['call']>[0], url: string, payload?: object) => {
    const token = tokens[who]
    if (token === undefined) throw new Error(`nobody is called ${who}`)
    const { status, body } = await rig.call(method, url, { token, ...(payload && { payload }) })
    return { status, body: body as unknown as SavedAnswer }
  }
  const audited = async () =>
    (await rig.call('GET', '/projects/shop/audit', { token: adminToken })).body.items.map(({ action }) => action)
  return { rig, tokens, call, audited }
}
