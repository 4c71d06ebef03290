import { expect, test } from 'vitest'
import { type FormsOptions, forms } from '../../src/plugins/forms.ts'
import { createBrowser } from '../support/browser.ts'
import { createElement, type FakeElement, happen, trackedIn } from '../support/dom.ts'

function start(options?: FormsOptions) {
  const browser = createBrowser()
  const page = browser.open({ plugins: [forms(options)] })
  Object.assign(page.window, {
    Element: {
      prototype: {
        getAttribute(this: FakeElement, name: string) {
          return this.getAttribute(name)
        },
      },
    },
    FormData: class {
      values: Record<string, unknown[]>
      constructor(form: FakeElement) {
        this.values = form.values as Record<string, unknown[]>
      }
      getAll(name: string): unknown[] {
        return this.values[name] ?? []
      }
    },
  })
  return { browser, page }
}
const values = { plan: ['pro'], email: ['ada@example.com'], size: ['2', '4'], photo: [new Blob()] }

test('a form that is submitted is told by its id, or else its name, without what was put in', async () => {
  const { browser, page } = start()
  happen(page, 'submit', [createElement('form', { id: 'sign-up', name: 'other' }, { values, id: {} })])
  happen(page, 'submit', [createElement('form', { name: 'search' }, { values })])
  happen(page, 'submit', [createElement('form', {}, { values })])
  expect(await trackedIn(browser)).toEqual([
    ['Form Submitted', { form: 'sign-up', fields: {} }],
    ['Form Submitted', { form: 'search', fields: {} }],
    ['Form Submitted', { form: null, fields: {} }],
  ])
})

test('fields that are allowed by name go along, files never', async () => {
  const { browser, page } = start({ fields: ['plan', 'size', 'photo', 'coupon'] })
  happen(page, 'submit', [createElement('form', { id: 'sign-up' }, { values })])
  expect(await trackedIn(browser)).toEqual([
    ['Form Submitted', { form: 'sign-up', fields: { plan: 'pro', size: '2,4' } }],
  ])
})
