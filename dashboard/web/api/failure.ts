/** An answer that is not the one asked for. `status` is 0 when there was none. Codes: docs/errors.md. */
export class ApiFailure extends Error {
  readonly status: number
  readonly code: string
  readonly retryAfterMs: number | undefined
  constructor(status: number, code: string, message: string, retryAfterMs?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** Reads a bad answer's code and text; a body that is no JSON gives `unreadable`. */
export async function readFailure(response: Response): Promise<ApiFailure> {
  const body = (await response.json().catch(() => ({}))) as { code?: string; message?: string }
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new ApiFailure(
    response.status,
    body.code ?? 'unreadable',
    body.message ?? `The server answered ${response.status}.`,
    Number.isFinite(seconds) ? seconds * 1000 : undefined,
  )
}

/** As fetch, but an answer that does not come is an `ApiFailure`, too: `unreachable`, with status 0. */
export async function request(url: string | URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new ApiFailure(0, 'unreachable', 'The server cannot be reached.')
  }
}
