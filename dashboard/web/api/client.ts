import { ApiFailure, readFailure, request } from './failure.ts'

export type Params = Record<string, string | number | boolean | undefined>

/** Where tokens come from. */
export interface TokenSource {
  /** A token that is good for now. Throws an `ApiFailure` when there is none any more. */
  token(): Promise<string>
  /** The server refused this token. Answers whether there is another one to try. */
  refused(token: string): Promise<boolean>
}

export interface Api {
  /** Throws `ApiFailure` for every answer but a good one. Undefined parameters are left out. */
  get<T>(path: string, params?: Params, signal?: AbortSignal): Promise<T>
  send<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, signal?: AbortSignal): Promise<T>
  /** The answer itself, for streams and downloads. */
  open(path: string, params: Params, init?: RequestInit): Promise<Response>
}

/** Asks the API. A token that is refused is replaced once. */
export function createApi(tokens: TokenSource): Api {
  const open = async (path: string, params: Params, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(`/api/v1${path}`, location.origin)
    for (const [name, value] of Object.entries(params))
      if (value !== undefined) url.searchParams.set(name, String(value))
    const attempt = async (token: string) =>
      request(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } })
    const token = await tokens.token()
    let response = await attempt(token)
    if (response.status === 401 && (await tokens.refused(token))) response = await attempt(await tokens.token())
    if (!response.ok) throw await readFailure(response)
    return response
  }
  const read = async <T>(response: Response): Promise<T> => {
    if (response.status === 204) return undefined as T
    return (await response.json().catch(() => {
      throw new ApiFailure(response.status, 'unreadable', 'The answer cannot be read.')
    })) as T
  }
  return {
    open,
    get: async (path, params = {}, signal) => read(await open(path, params, signal ? { signal } : {})),
    send: async (method, path, body = {}, signal) =>
      read(
        await open(
          path,
          {},
          {
            method,
            body: JSON.stringify(body),
            headers: { 'content-type': 'application/json' },
            ...(signal && { signal }),
          },
        ),
      ),
  }
}
