/** Addresses that are there for whoever is not signed in. The server knows them, too. */
export const doors = ['/setup', '/join', '/forgot', '/reset'] as const
export type DoorName = (typeof doors)[number]

/** Where links to a report lead, signed in or not. The server knows it, too. */
export const sharedPath = '/shared'

/** The token behind the # of the address. */
export function readHashToken(): string | undefined {
  return new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined
}

/** What a sign-in by an identity provider came back with: `code` where a code is asked for, else why it failed. */
export const readSignInHint = (): string | undefined =>
  new URLSearchParams(location.hash.slice(1)).get('sign-in') ?? undefined

/** The operator's token from a link such as `/#token=…`. It leaves the address, and so the history. */
export function takeHashToken(): string | undefined {
  const token = readHashToken()
  if (!token || [sharedPath, ...doors].includes(location.pathname)) return undefined
  history.replaceState(null, '', location.pathname + location.search)
  return token
}
