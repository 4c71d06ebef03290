import Type from 'typebox'
import { Compile } from 'typebox/compile'
import * as v from 'valibot'
import { expect, test, vi } from 'vitest'
import { type SchemasOptions, schemas } from '../../src/plugins/schemas.ts'
import { schemas as schemasOff } from '../../src/plugins/schemas-off.ts'
import { createBrowser } from '../support/browser.ts'
import { trackedIn } from '../support/dom.ts'

const events = {
  'Order Completed': v.object({ orderId: v.string(), items: v.array(v.object({ price: v.number() })) }),
  'Signed Up': Compile(Type.Object({ plan: Type.String() })),
  Slow: v.objectAsync({}),
}

async function run(options?: SchemasOptions, plugin = schemas(events, options)) {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const browser = createBrowser()
  const { analytics } = browser.open({ plugins: [plugin] })
  analytics.track('Order Completed', { orderId: '7', items: [{ price: 1 }] })
  analytics.track('Order Completed', { orderId: '7', items: [{ price: '1' }] })
  analytics.track('Signed Up', { plan: 'pro' })
  analytics.track('Signed Up', {})
  analytics.track('Unheard Of')
  analytics.track('Slow')
  analytics.page()
  const names = (await trackedIn(browser)).map(([name]) => name)
  const warnings = warn.mock.calls.map(([text]) => text as string)
  warn.mockRestore()
  return { names, warnings }
}

test('what does not fit is named in the console, with the place and the reason, and is sent', async () => {
  const { names, warnings } = await run()
  expect(names).toHaveLength(6)
  expect(warnings).toHaveLength(3)
  expect(warnings[0]).toMatch(/^trailstitch: "Order Completed" does not fit its schema: items\.0\.price .*number/)
  expect(warnings[1]).toMatch(/"Signed Up" does not fit its schema: .*plan/)
  expect(warnings[2]).toBe('trailstitch: "Unheard Of" does not fit its schema: there is none')
})

test('or is dropped', async () => {
  const { names, warnings } = await run({ onInvalid: 'drop' })
  expect(names).toEqual(['Order Completed', 'Signed Up', 'Slow'])
  expect(warnings).toHaveLength(3)
})

test('outside of development builds nothing is looked at', async () => {
  const { names, warnings } = await run({}, schemasOff(events, { onInvalid: 'drop' }))
  expect(names).toHaveLength(6)
  expect(warnings).toEqual([])
})
