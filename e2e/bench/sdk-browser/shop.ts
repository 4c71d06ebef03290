import { setTimeout as sleep } from 'node:timers/promises'
import { type Rendered, type Site, startSite } from '../../browser/site.ts'
import { type Bundle, endpointInBundle } from './bundles.ts'

/** What the page of a client has: set by the bundle. */
declare global {
  var track: (event: string, properties: Record<string, unknown>) => void
}

/** A web site whose pages have a client each. */
export interface Shop extends Site {
  /** The page of a client that sends to `endpoint`. It tracks an event as soon as the client can. */
  pageOf(client: string, endpoint: string): string
  /** Without a client, nor anything else. */
  emptyPage: string
}

/** Pages take `delayMs`, in which the page before may still work. */
export async function startShop(bundles: ReadonlyMap<string, Bundle>, delayMs: number): Promise<Shop> {
  const site = await startSite(async (path): Promise<Rendered> => {
    const [, place, client = '', port = '', file = ''] = path.split('/')
    if (place === 'scripts') {
      const script = bundles.get(client)?.get(file)
      return script === undefined ? undefined : { script: script.replaceAll(endpointInBundle, endpointOf(port)) }
    }
    await sleep(delayMs)
    if (place === 'empty') return page('')
    if (place === 'with') return page(`<script type="module" src="/scripts/${client}/${port}/entry.js"></script>`)
    return undefined
  })
  // A name, as sites have one: for an address clients would try domains that no site has to try.
  const origin = site.origin.replace('127.0.0.1', 'localhost')
  return {
    ...site,
    origin,
    pageOf: (client, endpoint) => `${origin}/with/${client}/${new URL(endpoint).port}`,
    emptyPage: `${origin}/empty`,
  }
}

const endpointOf = (port: string): string => `http://127.0.0.1:${Number(port)}`

const page = (scripts: string): string =>
  `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1><button>Go on</button>${scripts}</html>`
