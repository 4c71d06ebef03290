import { type Deps, openStore, type Store } from '@trailstitch/backends'
import { type MongoProxy, proxyTo } from './mongo-proxy.ts'

/** Of a driver that gives up soon and repeats nothing by itself, so that a cut is a cut. */
export const brittle = 'serverSelectionTimeoutMS=100&retryWrites=false&retryReads=false'

/** Fills a database, and opens a worker on it whose messages go through a proxy. */
export async function openFilled(
  direct: string,
  deps: Deps,
  fill: (store: Store) => Promise<void>,
): Promise<{ direct: string; proxy: MongoProxy; worker: Store }> {
  const first = await openStore(direct, deps)
  await fill(first)
  await first.close()
  const { proxy, url } = await proxyTo(direct, brittle)
  return { direct, proxy, worker: await openStore(url, deps) }
}
