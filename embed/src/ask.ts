import type { Answer } from './answers.ts'

/** Why a chart does not show: a code of the server, or `unreachable`, `unreadable`, `wrong_type`. */
export class EmbedError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'EmbedError'
    this.code = code
  }
}

export interface Source {
  /** Where the dashboard is: `https://stats.example.com`. */
  src: string
  /** Of `POST /api/v1/projects/PROJECT/embed-tokens`; a function is asked each time, for tokens that end soon. */
  token: string | (() => string | Promise<string>)
  /** Place of the question in the token. Default 0. */
  index?: number | undefined
}

/** Asks the server. Throws an `EmbedError`, and what `signal` ends it with. */
export async function ask({ src, token, index = 0 }: Source, signal: AbortSignal): Promise<Answer> {
  const bearer = typeof token === 'function' ? await token() : token
  const url = `${src.replace(/\/+$/, '')}/api/v1/embed/query?index=${index}`
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${bearer}` },
    credentials: 'omit',
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw new EmbedError('unreachable', 'The server cannot be reached, or does not let this page read.')
  })
  const body = (await response.json().catch(() => undefined)) as
    | (Answer & { code?: string; message?: string })
    | undefined
  if (response.ok && body?.type) return body
  throw new EmbedError(body?.code ?? 'unreadable', body?.message ?? `The server answered ${response.status}.`)
}
