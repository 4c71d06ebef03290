import type { Api } from '../api/client.ts'
import { ApiFailure, readFailure, request } from '../api/failure.ts'
import { isShareable } from '../url/reports.ts'

/** What a link opens. */
export interface SharedReport {
  name: string
  description: string
  /** Its name. */
  project: string
  page: string
  search: string
  range: 'fixed' | 'movable'
  /** Its figures are summed up already: no rule of the project leaves anything out of them. */
  sums: boolean
  /** Rules of the project leave events out. */
  rules: boolean
  accessToken: string
}

async function post<T>(path: string, body: object, init: { token?: string; signal?: AbortSignal } = {}): Promise<T> {
  const response = await request(`/api/v1/shared${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(init.token && { authorization: `Bearer ${init.token}` }) },
    body: JSON.stringify(body),
    ...(init.signal && { signal: init.signal }),
  })
  if (!response.ok) throw await readFailure(response)
  return (await response.json()) as T
}

/** Throws an `ApiFailure`, such as `password_needed`. */
export const openReport = (token: string, password?: string): Promise<SharedReport> =>
  post('/open', { token, ...(password !== undefined && { password }) })

/**
 * The API as far as a link reaches: pages ask as they always do, and everything but the report's questions is refused. The
 * token of a visit lasts an hour; `reopen` gets another one.
 */
export function createSharedApi(opened: SharedReport, reopen: () => Promise<SharedReport>): Api {
  let token = opened.accessToken
  const refuse = async (): Promise<never> => {
    throw new ApiFailure(403, 'not_granted', 'The link does not include this.')
  }
  const ask = async <T>(question: object, signal?: AbortSignal): Promise<T> => {
    const { project: _, ...query } = question as { project?: unknown }
    const init = () => ({ token, ...(signal && { signal }) })
    try {
      return await post<T>('/query', query, init())
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.code !== 'unknown_link') throw error
      token = (await reopen()).accessToken
      return post<T>('/query', query, init())
    }
  }
  return {
    open: refuse,
    get: (path, params = {}, signal) =>
      path === '/overview' ? ask({ type: 'overview', ...params }, signal) : refuse(),
    send: (_method, path, body = {}, signal) => (path === '/query' && isShareable(body) ? ask(body, signal) : refuse()),
  }
}
