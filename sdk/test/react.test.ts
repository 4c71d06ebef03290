import { createElement, type ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, test, vi } from 'vitest'
import { createAnalytics } from '../src/index.ts'
import { AnalyticsProvider, useAnalytics, usePage, useTrack } from '../src/react.ts'
import { createTestAnalytics } from '../src/testing.ts'
import type { Analytics } from '../src/types.ts'

/** Uses every hook and gives away what it got. */
function Shop({ use }: { use: (analytics: Analytics, track: Analytics['track']) => void }): ReactNode {
  usePage('Shop', { sale: true })
  const analytics = useAnalytics()
  const track = useTrack()
  use(analytics, track)
  return `visitor ${analytics.anonymousId()}`
}

test('on a server a tree renders, hooks find the client, and no page event is made', () => {
  const client = createTestAnalytics()
  const use = (analytics: Analytics, track: Analytics['track']): void => {
    expect(analytics).toBe(client)
    expect(track).toBe(client.track)
  }
  const tree = createElement(AnalyticsProvider, { client }, createElement(Shop, { use }))
  expect(renderToString(tree)).toBe('visitor visitor-1')
  expect(client.calls).toEqual([])
})

test('the client of a server, which has no page, does', () => {
  const client = createAnalytics({ writeKey: 'wk' })
  const use = (_: Analytics, track: Analytics['track']): void => track('Rendered')
  expect(renderToString(createElement(AnalyticsProvider, { client }, createElement(Shop, { use })))).toBe('visitor ')
})

test('outside of a provider calls do nothing, and the console says so', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  let flushed: Promise<void> | undefined
  const use = (analytics: Analytics, track: Analytics['track']): void => {
    track('One')
    analytics.identify('u-1')
    flushed = analytics.flush()
  }
  expect(renderToString(createElement(Shop, { use }))).toBe('visitor ')
  await expect(flushed).resolves.toBeUndefined()
  expect(new Set(warn.mock.calls.flat())).toEqual(
    new Set(['trailstitch: there is no AnalyticsProvider around this component']),
  )
  warn.mockRestore()
})
