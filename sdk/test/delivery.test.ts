import { describe, expect, test } from 'vitest'
import { createBrowser, namesOf } from './support/browser.ts'
import { settleAll } from './support/clock.ts'

const repeat = (count: number, run: (index: number) => void): void => {
  for (let index = 0; index < count; index++) run(index)
}

describe('batches', () => {
  test('events are stored before track returns and go out together after the interval', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    analytics.track('One')
    analytics.track('Two')
    expect([...browser.stored.values()].some((text) => /"One".*\n.*"Two"/.test(text))).toBe(true)
    await browser.clock.advance(999)
    expect(browser.server.requests).toHaveLength(0)
    await browser.clock.advance(1)
    expect(browser.server.requests.map(({ events }) => namesOf(events))).toEqual([['One', 'Two']])
    expect([...browser.stored.keys()].filter((key) => key.includes(':q:'))).toEqual([])
  })

  test('a burst goes out at once, in one request', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open({ flushAt: 20 })
    repeat(50, (index) => analytics.track(`E${index}`))
    await browser.clock.advance(0)
    expect(browser.server.requests.map(({ events }) => events.length)).toEqual([50])
  })

  test('bodies stay within the limits of the wire', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open({ maxQueueBytes: 10_000_000 })
    repeat(100, () => analytics.track('Big', { text: 'é'.repeat(10_000) }))
    await analytics.flush()
    expect(browser.server.taken).toHaveLength(100)
    for (const { bytes } of browser.server.requests) expect(bytes).toBeLessThan(500 * 1024)
    expect(browser.server.requests.length).toBeLessThan(7)
  })

  test('one request at a time; what comes meanwhile goes into the next', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open({ flushAt: 1 })
    analytics.track('First')
    await browser.clock.advance(0)
    browser.server.answer = () => 'silence'
    analytics.track('Second')
    await browser.clock.advance(0)
    analytics.track('Third')
    analytics.track('Fourth')
    await browser.clock.advance(5_000)
    expect(browser.server.requests).toHaveLength(2)
    browser.server.answer = () => undefined
    await browser.clock.advance(60_000)
    expect(namesOf(browser.server.taken)).toEqual(['First', 'Fourth', 'Second', 'Third'])
    expect(browser.server.requests).toHaveLength(3)
  })

  test('the body is text/plain with the write key, the ids of what is in it, the time and the browser in it', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    analytics.track('One')
    await analytics.flush()
    const [request] = browser.server.requests
    expect(request?.envelope).toEqual({
      writeKey: 'wk',
      sentAt: new Date(browser.clock.now()).toISOString(),
      batchIds: [expect.stringMatching(/^\w{12}:\w{12}$/)],
      unconfirmed: [],
      context: {
        library: { name: 'trailstitch-web', version: expect.any(String) },
        locale: 'en-GB',
        timezone: expect.any(String),
        screen: { width: 1280, height: 720 },
      },
    })
  })

  test.each([
    [true, 'Asia/Tokyo'],
    [false, Intl.DateTimeFormat().resolvedOptions().timeZone],
  ])(
    'the time zone is asked of Temporal where there is one (%s), as the other way is slow',
    async (temporal, timezone) => {
      const browser = createBrowser()
      browser.has.temporal = temporal
      const { analytics } = browser.open()
      analytics.track('One')
      await analytics.flush()
      expect(browser.server.requests[0]?.envelope.context).toMatchObject({ timezone })
    },
  )
})

describe('clocks', () => {
  const ageOfFirst = ({ server }: ReturnType<typeof createBrowser>): number => {
    const [request] = server.requests
    return Date.parse(String(request?.envelope.sentAt)) - Date.parse(String(request?.events[0]?.timestamp))
  }

  test('one that is set back between an event and its sending does not change how old the event is', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open({ flushIntervalMs: 60_000 })
    analytics.track('One')
    await browser.clock.advance(20_000)
    browser.clock.set(-3_600_000)
    await analytics.flush()
    expect(ageOfFirst(browser)).toBe(20_000)
  })

  test('one that is wrong all the time tells true ages', async () => {
    const browser = createBrowser()
    browser.clock.set(-10 * 365 * 86_400_000)
    browser.open().analytics.track('One')
    await browser.clock.advance(1_000)
    expect(ageOfFirst(browser)).toBe(1_000)
  })
})

describe('packing', () => {
  test('what is large is packed where the browser can, and what is small is not', async () => {
    const browser = createBrowser()
    browser.has.compression = true
    const { analytics } = browser.open({ flushAt: 1_000 })
    repeat(30, (index) => analytics.track(`E${index}`, { text: 'x'.repeat(1_000) }))
    await analytics.flush()
    analytics.track('Small')
    await analytics.flush()
    const [large, small] = browser.server.requests
    expect(large?.bytes).toBeLessThan((large?.text.length ?? 0) / 5)
    expect(small?.bytes).toBe(small?.text.length)
    expect(browser.server.taken).toHaveLength(31)
  })

  test('a page that is left while it packs sends what fits as it is, once', async () => {
    const browser = createBrowser()
    browser.has.compression = true
    const page = browser.open({ flushAt: 1_000 })
    repeat(30, (index) => page.analytics.track(`E${index}`, { text: 'x'.repeat(1_000) }))
    void page.analytics.flush()
    await page.leave()
    browser.open()
    await browser.clock.advance(60_000)
    expect(browser.server.taken).toHaveLength(30)
  })
})

describe('failures', () => {
  test.each([
    ['no answer', 'network error' as const],
    ['503', { status: 503 }],
    ['500 with a page', { status: 500, body: 'oops' }],
    ['429', { status: 429, body: { success: false, code: 'rate_limited' } }],
    ['401', { status: 401, body: { success: false, code: 'unknown_write_key' } }],
    ['404 of a proxy', { status: 404, body: 'nothing here' }],
    ['400 of a proxy', { status: 400, body: 'Request Header Or Cookie Too Large' }],
    ['200 of a hotel', { status: 200, body: 'Please sign in to our network' }],
  ])('%s keeps the events, and they arrive once it is over', async (_name, reply) => {
    const browser = createBrowser()
    const { analytics, dropped } = browser.open()
    browser.server.answer = () => reply
    analytics.track('One')
    analytics.track('Two')
    await browser.clock.advance(600_000)
    browser.server.answer = () => undefined
    await browser.clock.advance(600_000)
    expect(namesOf(browser.server.taken)).toEqual(['One', 'Two'])
    expect(dropped).toEqual([])
    expect([...browser.stored.keys()].filter((key) => key.includes(':q:'))).toEqual([])
  })

  test('pauses double from attempt to attempt, up to five minutes, and are random from nothing up', async () => {
    const browser = createBrowser()
    browser.random = () => 1
    browser.server.answer = () => ({ status: 503 })
    browser.open().analytics.track('One')
    await browser.clock.advance(1_500_000)
    const times = browser.server.requests.map(({ at }) => at)
    const pauses = times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1_000)
    expect(pauses.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
  })

  test('new events do not cut a pause short', async () => {
    const browser = createBrowser()
    browser.random = () => 1
    browser.server.answer = () => ({ status: 503 })
    const { analytics } = browser.open({ flushAt: 1 })
    repeat(100, (index) => browser.clock.setTimer(() => analytics.track(`E${index}`), index * 100))
    await browser.clock.advance(10_000)
    expect(browser.server.requests.length).toBeLessThanOrEqual(5)
  })

  test.each([
    ['in seconds', () => '120'],
    ['as a date', (now: number) => new Date(now + 120_000).toUTCString()],
  ])('Retry-After %s is kept to by all tabs and by pages to come', async (_name, header) => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    browser.server.answer = ({ at }) => ({ status: 429, headers: { 'retry-after': header(at) } })
    analytics.track('One')
    await browser.clock.advance(1_000)
    expect(browser.server.requests).toHaveLength(1)
    browser.server.answer = () => undefined
    const other = browser.open()
    other.analytics.track('Two')
    await other.analytics.flush()
    await analytics.flush()
    await other.leave()
    await browser.clock.advance(119_000)
    expect(browser.server.requests).toHaveLength(1)
    await browser.clock.advance(2_000)
    expect(namesOf(browser.server.taken)).toEqual(['One', 'Two'])
  })

  test('no server silences the client for more than an hour', async () => {
    const browser = createBrowser()
    browser.server.answer = () => ({ status: 503, headers: { 'retry-after': '99999999' } })
    browser.open().analytics.track('One')
    await browser.clock.advance(1_000)
    browser.server.answer = () => undefined
    await browser.clock.advance(3_605_000)
    expect(namesOf(browser.server.taken)).toEqual(['One'])
  })

  test('an answer that never comes is given up on after 30 seconds', async () => {
    const browser = createBrowser()
    browser.server.answer = () => 'silence'
    browser.open().analytics.track('One')
    await browser.clock.advance(1_000)
    browser.server.answer = () => undefined
    await browser.clock.advance(31_000)
    expect(namesOf(browser.server.taken)).toEqual(['One'])
  })

  test('coming back online tries at once', async () => {
    const browser = createBrowser()
    browser.random = () => 1
    const page = browser.open()
    browser.server.answer = () => 'network error'
    page.analytics.track('One')
    await browser.clock.advance(60_000)
    browser.server.answer = () => undefined
    page.fire('online')
    await settleAll()
    expect(namesOf(browser.server.taken)).toEqual(['One'])
  })
})

describe('drops', () => {
  test('an event the receipt refuses is dropped alone', async () => {
    const browser = createBrowser()
    const { analytics, dropped } = browser.open()
    analytics.track('Good')
    analytics.track('')
    analytics.track('Also good')
    await browser.clock.advance(1_000)
    expect(namesOf(browser.server.taken)).toEqual(['Also good', 'Good'])
    expect(dropped).toEqual([[expect.objectContaining({ type: 'track', event: '' }), 'missing_event_name']])
    await browser.clock.advance(60_000)
    expect(browser.server.requests).toHaveLength(1)
  })

  test('a request of nothing but refused events is answered 400 with a receipt, and done with', async () => {
    const browser = createBrowser()
    const { analytics, dropped } = browser.open()
    analytics.track('')
    await browser.clock.advance(60_000)
    expect(browser.server.requests).toHaveLength(1)
    expect(dropped).toHaveLength(1)
  })

  test('an event that was cut off in storage is left out, and spoils nothing else', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    repeat(20, (index) => analytics.track(index === 13 ? 'Broken' : 'Good'))
    for (const [key, text] of browser.stored)
      browser.stored.set(key, text.replace(/(?<=^|\n).*"Broken".*/, '{"cut off'))
    await browser.pages[0]?.kill()
    browser.open()
    await browser.clock.advance(2_000)
    expect(browser.server.taken).toHaveLength(19)
    expect([...browser.stored.keys()].filter((key) => key.includes(':q:'))).toEqual([])
  })

  test('events of more than 32 KB, cycles and a full queue are told to onDrop', async () => {
    const browser = createBrowser()
    browser.server.answer = () => ({ status: 503 })
    const { analytics, dropped } = browser.open({ maxQueueBytes: 5_000 })
    analytics.track('Large', { text: 'x'.repeat(33_000) })
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    analytics.track('Cycle', cycle)
    repeat(20, () => analytics.track('Many', { text: 'x'.repeat(500) }))
    const reasons = dropped.map(([, reason]) => reason)
    expect(reasons.slice(0, 2)).toEqual(['event_too_large', 'not_json'])
    expect(new Set(reasons.slice(2))).toEqual(new Set(['queue_full']))
    browser.server.answer = () => undefined
    await browser.clock.advance(60_000)
    expect(browser.server.taken.length + dropped.length).toBe(22)
  })

  test('an event that could not be delivered for six days is dropped, since the server no longer knows its id', async () => {
    const browser = createBrowser()
    browser.server.answer = () => 'network error'
    const page = browser.open()
    page.analytics.track('Old')
    await page.kill()
    browser.server.answer = () => undefined
    await browser.clock.advance(7 * 86_400_000)
    const heir = browser.open()
    heir.analytics.track('New')
    await browser.clock.advance(5_000)
    expect(namesOf(browser.server.taken)).toEqual(['New'])
    expect(heir.dropped).toEqual([[expect.objectContaining({ event: 'Old' }), 'expired']])
  })

  test('an onDrop that throws hurts nobody', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open({
      onDrop: () => {
        throw new Error('from the page')
      },
    })
    analytics.track('')
    analytics.track('Good')
    await browser.clock.advance(1_000)
    expect(namesOf(browser.server.taken)).toEqual(['Good'])
  })
})

describe('flush', () => {
  test('resolves once everything is delivered', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    analytics.track('One')
    await analytics.flush()
    expect(namesOf(browser.server.taken)).toEqual(['One'])
  })

  test('resolves after a failed attempt, and the events stay', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    browser.server.answer = () => 'network error'
    analytics.track('One')
    await analytics.flush()
    browser.server.answer = () => undefined
    await analytics.flush()
    expect(namesOf(browser.server.taken)).toEqual(['One'])
  })
})
