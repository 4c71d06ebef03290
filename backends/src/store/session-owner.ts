import type { PersonSource } from './person.ts'
import type { Run, SessionState } from './port.ts'

/** The user a session belongs to; null for nobody. */
export const ownerOfSession = (session: SessionState, runs: readonly Run[]): string | null =>
  session.user ?? (runs.length === 1 ? (runs[0]?.user ?? null) : null)

/** Whether what belongs to `user` belongs to the person. */
export const isSourceOf = (source: PersonSource, user: string | null): boolean =>
  source.root === undefined ? user === null : user !== null && source.users.some(({ id }) => id === user)
