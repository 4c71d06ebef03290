import { createScopedAnalytics, type Scopes } from './node/scopes.ts'
import type { NodeAnalytics, NodeAnalyticsOptions } from './node/types.ts'
import type { SenderDeps } from './server/state.ts'
import { webDeps } from './server/web-deps.ts'
import type { AnyEvents, EventMap } from './types.ts'
import { version } from './version.ts'

const library = Object.freeze({ name: 'trailstitch-edge', version })

/**
 * What `@trailstitch/sdk/node` is where there is no Node, so that code for both can be bundled for either: the edge
 * client under the Node client's name. There is no disk, and `runWith` works where the platform has an AsyncLocalStorage;
 * the console is told of what is asked for and missing.
 */
export function createNodeAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: NodeAnalyticsOptions,
  deps: SenderDeps = webDeps,
): NodeAnalytics<Events> {
  if (options.spillFolder) console.warn('trailstitch: there is no disk here, so spillFolder is not used')
  return createScopedAnalytics(options, { deps, library, tickMs: 1_000 }, findScopes() ?? noScopes)
}

interface Platform {
  AsyncLocalStorage?: new () => Scopes
  process?: { getBuiltinModule?(name: string): Platform | undefined }
}

/** As a global in edge functions; from the module that Workers have with `nodejs_compat`, which no bundler may look for. */
function findScopes(): Scopes | undefined {
  const { AsyncLocalStorage, process } = globalThis as Platform
  const Found = AsyncLocalStorage ?? process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage
  return Found && new Found()
}

const noScopes: Scopes = Object.freeze({
  getStore: () => undefined,
  run<Result>(_scope: unknown, work: () => Result): Result {
    console.warn('trailstitch: there is no AsyncLocalStorage here, so runWith tells calls nothing')
    return work()
  },
})
