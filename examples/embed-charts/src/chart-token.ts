/** What the page's charts ask, in the order that their `index` counts. */
const queries = [
  { type: 'trend', days: 30, interval: 'day', series: [{ event: 'Signed up', measure: 'people' }] },
  { type: 'funnel', days: 30, steps: [{ event: 'page' }, { event: 'Signed up' }, { event: 'Ordered' }] },
]
const lifeMs = 3_600_000
/** A token is not handed out when it ends that soon. */
const leastMs = 300_000

export interface TokenOptions {
  /** Where the dashboard is. */
  dashboard: string
  project: string
  /** One that may manage. It stays on the server. */
  apiKey: string
  /** Of the page that shows the charts: pages of others cannot read with the token. */
  origin: string
}

interface Token {
  text: Promise<string>
  endsAt: number
}

/** A function that answers with a token for the charts. All who ask within an hour get the same one. */
export function createTokenSource(options: TokenOptions): () => Promise<string> {
  let token: Token | undefined
  return () => {
    const now = Date.now()
    if (!token || token.endsAt - now < leastMs) {
      const made: Token = { endsAt: now + lifeMs, text: makeToken(options, now + lifeMs) }
      made.text.catch(() => {
        if (token === made) token = undefined // the next one tries again
      })
      token = made
    }
    return token.text
  }
}

async function makeToken({ dashboard, project, apiKey, origin }: TokenOptions, endsAt: number): Promise<string> {
  const response = await fetch(`${dashboard}/api/v1/projects/${encodeURIComponent(project)}/embed-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'Example page',
      queries,
      origins: [origin],
      expiresAt: new Date(endsAt).toISOString(),
    }),
  })
  if (!response.ok) throw new Error(`the dashboard answered ${response.status}: ${await response.text()}`)
  const { token } = (await response.json()) as { token: string }
  return token
}
