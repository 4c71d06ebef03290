'use client'

import { type Context, createContext, createElement, type ReactNode, useContext, useEffect, useRef } from 'react'
import type { Analytics, AnyEvents, EventMap, Properties } from './types.ts'

const AnalyticsContext: Context<Analytics | undefined> = /* @__PURE__ */ createContext<Analytics | undefined>(undefined)

export interface AnalyticsProviderProps<Events extends EventMap<Events>> {
  /** Made once, outside of components. On a server it does nothing. */
  client: Analytics<Events>
  children?: ReactNode
}

/** Gives its client to the hooks below it. */
export const AnalyticsProvider = <Events extends EventMap<Events>>({
  client,
  children,
}: AnalyticsProviderProps<Events>): ReactNode =>
  createElement(AnalyticsContext.Provider, { value: client as unknown as Analytics }, children)

/** The provider's client. Outside of a provider its calls do nothing, and the console says so. */
export function useAnalytics<Events extends EventMap<Events> = AnyEvents>(): Analytics<Events> {
  const client = useContext(AnalyticsContext)
  if (!client) console.warn('trailstitch: there is no AnalyticsProvider around this component')
  return (client ?? nobody) as unknown as Analytics<Events>
}

/** The client's `track`, the same function as long as the client is. */
export const useTrack = <Events extends EventMap<Events> = AnyEvents>(): Analytics<Events>['track'] =>
  useAnalytics<Events>().track

/**
 * Sends a page event once the component is shown, and again when the name or the properties change. Strict mode shows
 * components twice and still gets one event. Use it instead of the plugin `pageViews`, not beside it.
 */
export function usePage(name?: string, properties?: Properties): void {
  const analytics = useAnalytics()
  const page = JSON.stringify([name, properties])
  const seen = useRef('')
  useEffect(() => {
    if (seen.current === page) return
    seen.current = page
    const [shown, more] = JSON.parse(page) as [string | null, Properties | null]
    analytics.page(shown, more ?? undefined)
  }, [analytics, page])
}

/** A client whose calls do nothing. */
const nobody = new Proxy({}, { get: (_, name) => (name === 'flush' ? async () => {} : () => '') })
