import { expect, test } from 'vitest'
import { type ErrorsOptions, errors } from '../../src/plugins/errors.ts'
import { createBrowser } from '../support/browser.ts'
import { trackedIn } from '../support/dom.ts'

function start(options?: ErrorsOptions) {
  const browser = createBrowser()
  const page = browser.open({ plugins: [errors(options)] })
  const throwIt = (error: unknown): void =>
    page.fire('error', { error, message: `Uncaught ${error}`, filename: 'https://shop.example/a.js' })
  return { browser, page, throwIt }
}
const failure = (message: string): Error =>
  Object.assign(new Error(message), { stack: `Error: ${message}\n at a.js:1` })

test('errors and rejections that nobody caught are events', async () => {
  const { browser, page, throwIt } = start()
  throwIt(failure('no tent'))
  throwIt('a text')
  page.fire('unhandledrejection', { reason: failure('no answer') })
  page.fire('unhandledrejection', { reason: undefined })
  expect(await trackedIn(browser)).toEqual([
    ['Error Occurred', { message: 'no tent', stack: 'Error: no tent\n at a.js:1', kind: 'error' }],
    ['Error Occurred', { message: 'Uncaught a text', stack: '', kind: 'error' }],
    ['Error Occurred', { message: 'no answer', stack: 'Error: no answer\n at a.js:1', kind: 'unhandledrejection' }],
    ['Error Occurred', { message: 'undefined', stack: '', kind: 'unhandledrejection' }],
  ])
})

test('the same error counts once, and a page has so many and no more', async () => {
  const { browser, throwIt } = start({ maxEvents: 3 })
  for (let index = 0; index < 5; index++) throwIt(failure('again'))
  for (let index = 0; index < 5; index++) throwIt(failure(`error ${index}`))
  expect(await trackedIn(browser)).toHaveLength(3)
})

test('a file that could not be loaded and a foreign script that may not say what happened are left out', async () => {
  const { browser, page } = start()
  page.fire('error')
  page.fire('error', { message: 'Script error.', error: null })
  expect(await trackedIn(browser)).toEqual([])
})

test('long texts are cut, and what can not be read does not reach the page', async () => {
  const { browser, page, throwIt } = start()
  throwIt(Object.assign(new Error('x'.repeat(10_000)), { stack: 'y'.repeat(10_000) }))
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('from the page')
      },
    },
  )
  expect(() => page.fire('error', { message: 'odd', error: hostile })).not.toThrow()
  expect(() => page.fire('error', { message: 'odd', error: Object.create(null) })).not.toThrow()
  throwIt(failure('still alive'))
  const events = (await trackedIn(browser)) as [string, { message: string; stack: string }][]
  expect(events.map(([, { message, stack }]) => [message.length, stack.length])).toContainEqual([500, 2_000])
  expect(events.map(([, { message }]) => message)).toContain('still alive')
})
