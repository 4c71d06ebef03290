import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OutgoingEvent, Properties } from '../../src/index.ts'
import { type MasksOptions, masks } from '../../src/plugins/masks.ts'
import { createBrowser } from '../support/browser.ts'

async function masked(properties: Properties, options?: MasksOptions, address?: string): Promise<OutgoingEvent> {
  const browser = createBrowser()
  const page = browser.open({ plugins: [masks(options)] }, address)
  page.window.document.title = 'Orders of ada@shop.example'
  page.analytics.track('One', properties, { userId: 'ada@shop.example' })
  await browser.clock.advance(60_000)
  return browser.server.taken[0] as unknown as OutgoingEvent
}

test('query parameters go from addresses, wherever those are, in any case and encoding', async () => {
  const address = 'https://shop.example/a?Token=abc&page=2&email=x#/cart?token=def'
  const link = 'https://sso.example/?next=https%3A%2F%2Fshop.example%2F%3Ftoken%3Dghi%26page%3D3&token=jkl'
  const event = await masked({ nested: [{ link }] }, { parameters: ['token', 'email'] }, address)
  expect(event.context.page).toMatchObject({
    url: 'https://shop.example/a?Token=&page=2&email=#/cart?token=',
    search: '?Token=&page=2&email=',
  })
  expect(event.properties).toEqual({
    nested: [{ link: 'https://sso.example/?next=https%3A%2F%2Fshop.example%2F%3Ftoken%3D%26page%3D3&token=' }],
  })
})

test('what looks like an e-mail address goes from texts, titles and addresses, but not from ids', async () => {
  const address = 'https://shop.example/users/ada%40shop.example?q=ada.l+x@mail.shop.example'
  const event = await masked({ text: 'write to ada@shop.example, or bob@b.example!', price: '3@2' }, {}, address)
  expect(event.properties).toEqual({ text: 'write to , or !', price: '3@2' })
  expect(event.context.page).toMatchObject({ title: 'Orders of ', path: '/users/', search: '?q=' })
  expect(event.userId).toBe('ada@shop.example')
  const kept = await masked({ text: 'ada@shop.example' }, { emails: false })
  expect(kept.properties).toEqual({ text: 'ada@shop.example' })
})

test('named properties go at any depth, or are replaced by a hash that equal values share', async () => {
  const properties = { ssn: '123', inner: { ssn: 123, kept: 1 }, other: { ssn: '124' }, none: { ssn: null } }
  expect((await masked(properties, { properties: ['ssn'] })).properties).toEqual({
    inner: { kept: 1 },
    other: {},
    none: {},
  })
  const hashed = (await masked(properties, { properties: ['ssn'], hash: true })).properties as typeof properties
  expect(hashed.ssn).toMatch(/^[0-9a-f]{16}$/)
  expect(hashed.inner.ssn).toBe(hashed.ssn)
  expect(hashed.other.ssn).not.toBe(hashed.ssn)
})

test('the object of the page stays as it is', async () => {
  const properties = { email: 'ada@shop.example' }
  await masked(properties, { properties: ['email'] })
  expect(properties).toEqual({ email: 'ada@shop.example' })
})

test('what can not be masked is not sent', async () => {
  const cycle: Properties = { email: 'ada@shop.example' }
  cycle.self = cycle
  expect(await masked(cycle)).toBeUndefined()
  let reads = 0
  const odd = {
    toJSON() {
      if (reads++ === 0) throw new Error('from the page')
      return 'ada@shop.example'
    },
  }
  expect(await masked({ odd })).toBeUndefined()
})

test('no text, however it is made, lets a secret through or takes long', async () => {
  const separators = fc.constantFrom('?', '&', '#', ';', '%3F', '%26')
  const secrets = fc.stringMatching(/^[a-z]{4,12}$/).map((text) => `SECRET${text}`)
  await fc.assert(
    fc.asyncProperty(fc.string(), separators, secrets, fc.string(), async (before, separator, secret, after) => {
      const text = `${before}${separator}token=${secret}&${after}`
      const event = await masked({ text, mail: `${before} ${secret}@x.example` }, { parameters: ['token'] })
      expect(JSON.stringify(event.properties)).not.toContain(secret)
    }),
    { numRuns: 50 },
  )
})

test.each([
  'a'.repeat(30_000),
  'a@'.repeat(15_000),
  `a@${'b.'.repeat(14_000)}`,
  '?token='.repeat(4_000),
  '%3f'.repeat(9_000),
])('a long text takes steps by its length: %#', async (text) => {
  // A pattern that goes over the text again and again would take minutes here, and the test would time out.
  for (let index = 0; index < 20; index++) await masked({ text }, { parameters: ['token', 'email'] })
})
