import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBrowser, type TestBrowser, type TestPage } from './support/browser.ts'
import type { Reply } from './support/server.ts'

/** What can happen to a browser, in any order. */
type Step =
  | { do: 'track'; page: number; large: boolean }
  | { do: 'open' | 'pass' }
  | { do: 'flush' | 'hide' | 'leave' | 'kill' | 'freeze' | 'restore'; page: number }
  | { do: 'answer'; reply: Reply | undefined }

const page = fc.nat({ max: 3 })
const reply = fc.constantFrom<Reply | undefined>(
  undefined,
  'network error',
  { status: 503 },
  { status: 429, headers: { 'retry-after': '3' } },
  'silence',
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('track' as const), page, large: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'pass' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['flush', 'hide', 'leave', 'kill', 'freeze', 'restore'] as const)),
      page,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answer' as const), reply }) },
)

interface World {
  browser: TestBrowser
  open: TestPage[]
  frozen: TestPage[]
  tracked: string[]
}

async function play({ browser, open, frozen, tracked }: World, one: Step): Promise<void> {
  const chosen = 'page' in one ? open[one.page % open.length] : undefined
  const close = (): void => void open.splice(open.indexOf(chosen as TestPage), 1)
  if (one.do === 'open' && open.length < 4) open.push(browser.open())
  if (one.do === 'pass') await browser.clock.advance(2_000)
  if (one.do === 'answer') browser.server.answer = () => one.reply
  if (one.do === 'restore' && frozen[0]) {
    const [back] = frozen.splice(0, 1)
    await back?.restore()
    if (back) open.push(back)
  }
  if (!chosen) return
  if (one.do === 'track') {
    const name = `E${tracked.length}`
    tracked.push(name)
    chosen.analytics.track(name, { text: 'x'.repeat(one.large ? 9_000 : 10) })
  }
  if (one.do === 'flush') void chosen.analytics.flush()
  if (one.do === 'hide') await chosen.hide()
  if (one.do === 'leave' || one.do === 'kill') {
    close()
    await chosen[one.do]()
  }
  if (one.do === 'freeze') {
    close()
    await chosen.leave({ frozen: true })
    frozen.push(chosen)
  }
}

test.each([
  ['Web Locks', true],
  ['leases', false],
])(
  'whatever happens, nothing accepted is lost, with %s',
  async (_name, locks) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const browser = createBrowser()
        browser.has.locks = locks
        browser.has.compression = true
        const world: World = { browser, open: [browser.open()], frozen: [], tracked: [] }
        for (const one of steps) await play(world, one)
        browser.server.answer = () => undefined
        // The person comes back, and stays a while.
        browser.open()
        await browser.clock.advance(900_000)
        const taken = browser.server.taken.map(({ event }) => String(event))
        expect([...new Set(taken)].sort()).toEqual(world.tracked.toSorted())
        // Copies of an event have its id, so that the server can tell.
        expect(new Set(browser.server.taken.map(({ messageId }) => messageId)).size).toBe(world.tracked.length)
        expect(world.open.flatMap(({ dropped }) => dropped)).toEqual([])
      }),
      { numRuns: 150 },
    )
  },
  120_000,
)

test('nothing is sent twice after its receipt was heard', async () => {
  const calm = step.filter((one) => one.do !== 'answer' || one.reply !== 'silence')
  await fc.assert(
    fc.asyncProperty(fc.array(calm, { maxLength: 25 }), async (steps) => {
      const browser = createBrowser()
      browser.has.compression = true
      const world: World = { browser, open: [browser.open()], frozen: [], tracked: [] }
      for (const one of steps) await play(world, one)
      browser.server.answer = () => undefined
      browser.open()
      await browser.clock.advance(900_000)
      expect(browser.server.taken).toHaveLength(world.tracked.length)
    }),
    { numRuns: 150 },
  )
}, 120_000)
