import { expect, test } from 'vitest'
import { type ClicksOptions, clicks } from '../../src/plugins/clicks.ts'
import { createBrowser } from '../support/browser.ts'
import { createElement, happen, trackedIn } from '../support/dom.ts'

const start = (options?: ClicksOptions) => {
  const browser = createBrowser()
  return { browser, page: browser.open({ plugins: [clicks(options)] }) }
}

test('a click in a marked element is an event of its name with its properties', async () => {
  const { browser, page } = start()
  const marks = { 'data-track': 'Tent Chosen', 'data-track-size': '2', 'data-track-order-id': '7', 'data-other': 'x' }
  happen(page, 'click', [createElement('span'), createElement('button', marks), createElement('body')])
  expect(await trackedIn(browser)).toEqual([['Tent Chosen', { size: '2', orderId: '7' }]])
})

test('the innermost marked element counts, and unmarked ones do not', async () => {
  const { browser, page } = start()
  happen(page, 'click', [createElement('a'), createElement('body')])
  happen(page, 'click', [
    createElement('a', { 'data-track': 'Inner' }),
    createElement('div', { 'data-track': 'Outer' }),
  ])
  expect(await trackedIn(browser)).toEqual([['Inner', {}]])
})

test('elements of a selector of your own are told by tag and id, unless they are marked', async () => {
  const { browser, page } = start({ selector: 'button,[data-track]' })
  happen(page, 'click', [createElement('button', { id: 'buy', 'data-track-plan': 'pro', 'data-tracker': 'x' })])
  happen(page, 'click', [createElement('button', { 'data-track': 'Bought' })])
  expect(await trackedIn(browser)).toEqual([
    ['Element Clicked', { tag: 'button', id: 'buy', plan: 'pro' }],
    ['Bought', {}],
  ])
})

test('a selector that is none does not reach the page', async () => {
  const { browser, page } = start({ selector: '((' })
  happen(page, 'click', [createElement('button', { 'data-track': 'Bought' })])
  expect(await trackedIn(browser)).toEqual([])
})
