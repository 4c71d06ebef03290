import { Type } from 'typebox'
import { reportFields } from '../shapes.ts'
import { roles, scopes } from './documents.ts'
import { passwordLength } from './passwords.ts'

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
export const time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' })

export const email = Type.String({ maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$', description: 'An e-mail address.' })
export const name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
/** One that is chosen. */
export const newPassword = Type.String({ minLength: passwordLength.min, maxLength: passwordLength.max })
/** One that is checked: what was never taken is wrong, not invalid. */
export const password = Type.String({ maxLength: passwordLength.max })
/** Six digits of an authenticator app, or a recovery code. */
export const code = text(64)
export const token = text(200)
export const role = Type.Enum([...roles])
export const scope = Type.Enum([...scopes])
export const id = text(200)

export const user = Type.Object({
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  totp: Type.Boolean({ description: 'Sign-in asks for a code, too.' }),
})
export const session = Type.Object({
  accessToken: Type.String({ description: 'Send it as "Authorization: Bearer TOKEN".' }),
  expiresAt: time,
  user,
})
export const done = Type.Object({})
export const state = Type.Object({
  needsSetup: Type.Boolean({ description: 'Nobody owns a project yet: open the set-up link.' }),
  mail: Type.Boolean({ description: 'Links are sent by mail; else the operator finds them in the log.' }),
  oidc: Type.Unsafe<{ name: string; url: string } | null>({
    ...Type.Object({ name: Type.String(), url: Type.String() }),
    type: ['object', 'null'],
    description: 'An identity provider that people may sign in by, and where that begins.',
  }),
})
export const me = Type.Object({
  user,
  recoveryCodes: Type.Integer({ description: 'How many are left of the second factor.' }),
  projects: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), role, ...reportFields })),
})
export const member = Type.Object({
  userId: Type.String(),
  email: Type.String(),
  name: Type.String(),
  role,
  since: time,
})
export const invitation = Type.Object({ id: Type.String(), email: Type.String(), role, invitedAt: time })
export const apiKey = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(scope),
  createdAt: time,
  expiresAt: Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time' }),
})
export const auditEntry = Type.Object({
  id: Type.String(),
  at: time,
  who: Type.Object({
    kind: Type.String({ description: 'account, api-key, admin-token, or share for a visitor with a link' }),
    id: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
  }),
  action: Type.String(),
  object: Type.String(),
  detail: Type.Optional(Type.String()),
  address: Type.String(),
})
