import { isWithin } from '../lib/domains.ts'
import { hashOf } from '../lib/hash.ts'
import { findTarget, listen } from '../lib/page-events.ts'
import type { Plugin } from '../types.ts'

export interface CrossDomainOptions {
  /** All your domains, this one too; their subdomains belong to them. */
  domains: string[]
  /** The query parameter that carries the visitor. Default: `_tsid`. */
  parameter?: string
}

const maxAgeMs = 120_000

/**
 * Keeps the visitor the same on several domains: a click on a link to another of them adds the visitor's id and the time
 * to its address; the page it leads to takes the id over and the parameter out of the address. One is ignored that is
 * older than 2 minutes, was made in another browser, or is in a link of a site that is not listed. Comes before plugins
 * that make events. Links opened by the context menu or by a script carry nothing.
 */
export const crossDomain =
  ({ domains, parameter = '_tsid' }: CrossDomainOptions): Plugin =>
  ({ analytics, window }) => {
    const { document, history, location, navigator } = window
    const sign = (id: string, at: string): string => hashOf([id, at, navigator.userAgent, navigator.language].join())
    const carried = new RegExp(`[?&]${parameter}=([^&#]*)`)
    const without = (search: string): string => search.replace(carried, '').replace(/^&/, '?')

    const given = carried.exec(location.search)?.[1]
    if (given !== undefined) {
      history.replaceState(history.state, '', location.pathname + without(location.search) + location.hash)
      const [, at = '', signature, id = ''] = /^(\w+)\.(\w+)\.(.+)/.exec(given) ?? []
      const age = window.Date.now() - Number.parseInt(at, 36)
      const from = document.referrer.split(/[/:]+/)[1]
      const isOurs = age >= 0 && age < maxAgeMs && signature === sign(id, at) && (!from || isWithin(from, domains))
      if (isOurs) analytics.setAnonymousId(id)
    }

    const decorate = (event: MouseEvent): void => {
      const link = findTarget<HTMLAnchorElement>(event, 'a[href],area[href]')
      if (!link || link.hostname === location.hostname || !isWithin(link.hostname, domains)) return
      const [id, at] = [analytics.anonymousId(), window.Date.now().toString(36)]
      const rest = without(link.search)
      link.search = `${rest}${rest ? '&' : '?'}${parameter}=${at}.${sign(id, at)}.${id}`
    }
    listen(document, 'click', decorate)
    listen(document, 'auxclick', decorate)
  }
