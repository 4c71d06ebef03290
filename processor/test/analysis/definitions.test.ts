import type { EventCount, FunnelQuery, RetentionQuery } from '@trailstitch/protocol'
import { describe, expect, it } from 'vitest'
import { definitions, tableOf } from '../support.ts'
import { dayMs, midnight, minuteMs, peopleOf, stepAt, storeOf } from './support.ts'

const wholeRange = { project: 'p', from: midnight, to: midnight + 30 * dayMs }

describe('reports are as in docs/definitions.md', () => {
  it.each(tableOf(definitions(), '| steps | order | count | window | events | reached |'))(
    'a funnel %s, %s, of %s, within %s minutes: %s',
    async (steps = '', order, count, window, events = '', reached = '') => {
      const store = await storeOf(peopleOf(events, minuteMs))
      const { total } = await store.query({
        ...wholeRange,
        type: 'funnel',
        steps: steps.split(' ').map((event) => ({ event })),
        order: order as NonNullable<FunnelQuery['order']>,
        count: count as NonNullable<FunnelQuery['count']>,
        windowMs: Number(window) * minuteMs,
      })
      expect(total.steps.map((step) => step.reached).join(' ')).toBe(reached)
    },
  )

  it.each(tableOf(definitions(), '| cohort | mode | brackets | events | size | returned |'))(
    'retention, %s, %s, brackets %s: %s',
    async (cohort, mode, brackets = '', events = '', size, returned) => {
      const store = await storeOf(peopleOf(events, dayMs))
      const { cohorts } = await store.query({
        ...wholeRange,
        type: 'retention',
        start: { event: 'S' },
        return: { event: 'R' },
        unit: 'day',
        periods: 3,
        cohort: cohort as NonNullable<RetentionQuery['cohort']>,
        mode: mode as NonNullable<RetentionQuery['mode']>,
        ...(brackets !== '-' && { brackets: brackets.split(' ').map(Number) }),
      })
      expect([`${cohorts[0]?.size}`, cohorts[0]?.returned.join(' ')]).toEqual([size, returned])
    },
  )

  it.each(tableOf(definitions(), '| anchor | direction | steps | events of a session | path |'))(
    'paths from %s, %s, %s steps: %s',
    async (anchor, direction, steps, events = '', path) => {
      const store = await storeOf(events.split(', ').map((name, index) => stepAt(midnight + index * minuteMs, name)))
      const { nodes } = await store.query({
        ...wholeRange,
        type: 'paths',
        ...(anchor !== undefined && anchor !== '-' && { anchor: { event: anchor } }),
        direction: direction as 'forward' | 'backward',
        steps: Number(steps),
      })
      expect(nodes.map(({ name }) => name).join(' ') || '-').toBe(path)
    },
  )

  it.each(tableOf(definitions(), '| counts | range | events | people |'))(
    'a segment of %s within %s minutes: %s',
    async (counts = '', range, events = '', people = '') => {
      const store = await storeOf(peopleOf(events, minuteMs))
      const { items, total } = await store.query({
        ...{ type: 'segment', project: 'p', from: midnight, to: midnight + Number(range) * minuteMs },
        counts: counts.split(', ').map((text) => {
          const [event = '', times, count] = text.split(' ')
          return { ...(event !== 'any' && { event }), times: times as EventCount['times'], count: Number(count) }
        }),
      })
      const numbers = items.map(({ anonymousIds: [id = ''] }) => Number(id.slice(1)) + 1).sort()
      expect([numbers.join(' '), total]).toEqual([people, numbers.length])
    },
  )
})
