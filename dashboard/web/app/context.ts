import { createContext, useContext } from 'react'
import type { Api } from '../api/client.ts'
import type { Project } from '../api/types.ts'
import type { Session } from '../auth/session.ts'

export interface AppContextValue {
  session: Session
  api: Api
  projects: readonly Project[]
  /** Who looks has a link to one report, and no account. */
  isShared?: boolean
  /** What the page at a path is called; the path itself where there is none. Pages cannot import the list they are in. */
  titleOf: (path: string) => string
}

export const AppContext = createContext<AppContextValue | undefined>(undefined)

/** What is the same on every page. Throws outside of the app. */
export function useApp(): AppContextValue {
  const value = useContext(AppContext)
  if (!value) throw new Error('outside of the app')
  return value
}
