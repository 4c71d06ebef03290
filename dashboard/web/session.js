// Who is signed in: an account, whose refresh token is a cookie that no script reads, or whoever has the admin token.

const tokenKey = 'trailstitch-token'
/** An access token is replaced this long before its end, so that none ends under way. */
const renewBeforeMs = 30_000

/** The account's access token, in memory alone. */
let access
/** One at a time: the cookie is replaced with each. */
let renewal

/** Calls a route under /auth. The header tells the server that no other site made the browser call. */
async function post(path, body = {}) {
  const response = await fetch(`/api/v1/auth${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-trailstitch': '1' },
    body: JSON.stringify(body),
  })
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(answer.message ?? `The server answered ${response.status}.`)
  return answer
}

function accept({ accessToken, expiresAt }) {
  access = { token: accessToken, endsAt: Date.parse(expiresAt) }
}

function renew() {
  renewal ??= post('/refresh')
    .then(accept, () => {
      access = undefined
    })
    .finally(() => {
      renewal = undefined
    })
  return renewal
}

/** Keeps the admin token, in this tab only. */
export const useAdminToken = (token) => sessionStorage.setItem(tokenKey, token)

/** A token that is good for now; undefined when nobody is signed in. */
export async function currentToken() {
  const admin = sessionStorage.getItem(tokenKey)
  if (admin) return admin
  if (!access || access.endsAt - renewBeforeMs < Date.now()) await renew()
  return access?.token
}

/** The server refused a token: it is not used again. */
export function forget() {
  sessionStorage.removeItem(tokenKey)
  access = undefined
}

export async function signOut() {
  const wasAdmin = sessionStorage.getItem(tokenKey) !== null
  forget()
  if (!wasAdmin) await post('/sign-out').catch(() => {})
}

export const signIn = async (fields) => accept(await post('/sign-in', fields))

/** What the pages behind links do, with the token of the link and the fields of their forms. */
export const linkActions = {
  '/setup': async (token, fields) => accept(await post('/setup', { token, ...fields })),
  '/join': async (token, fields) => accept(await post('/join', { token, ...fields })),
  '/reset': async (token, fields) => {
    await post('/reset', { token, ...fields })
  },
}
