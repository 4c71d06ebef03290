import { describe, expect, it } from 'vitest'
import { normaliseEvent } from '../../src/steps/normalise.ts'
import { partOf, receivedAt } from '../support.ts'

const normalise = (raw: object) => normaliseEvent({ type: 'track', event: 'Clicked', ...raw }, partOf(), 'c1:7:0:0')

describe('normalising', () => {
  it('gives an event of the wire its stored form', () => {
    const bags = {
      properties: { price: 1.5 },
      traits: { plan: 'pro' },
      context: { locale: 'en' },
      integrations: { All: true },
    }
    const raw = {
      anonymousId: 'a1',
      userId: 7,
      groupId: 9,
      messageId: 'm1',
      timestamp: receivedAt,
      unknown: 1,
      ...bags,
    }
    expect(normalise(raw)).toEqual({
      project: 'demo',
      messageId: 'm1',
      type: 'track',
      name: 'Clicked',
      timestamp: receivedAt,
      originalTimestamp: receivedAt,
      receivedAt,
      anonymousId: 'a1',
      userId: '7',
      groupId: '9',
      ...bags,
    })
  })

  it('names an event without messageId by its place', () => {
    expect(normalise({}).messageId).toBe('c1:7:0:0')
  })

  it('leaves out bags that are no objects', () => {
    expect(normalise({ properties: [1], context: 'x', traits: null })).not.toHaveProperty('properties')
  })

  it.each([
    [{ type: 'track', event: 'Signed up' }, 'Signed up'],
    [{ type: 'page', name: 'Pricing', properties: { path: '/pricing' } }, 'Pricing'],
    [{ type: 'page', name: null, properties: { path: '/pricing?plan=1#top' } }, '/pricing'],
    [{ type: 'page', name: '', context: { page: { url: 'https://shop.example/cart?id=1' } } }, '/cart'],
    [{ type: 'page' }, 'page'],
    [{ type: 'screen', name: 'Home' }, 'Home'],
    [{ type: 'screen' }, 'screen'],
    [{ type: 'identify', name: 'ignored' }, 'identify'],
    [{ type: 'group' }, 'group'],
    [{ type: 'alias' }, 'alias'],
    [{ type: 'unlink' }, 'unlink'],
  ])('%j is called %s', (raw, name) => {
    expect(normalise(raw).name).toBe(name)
  })

  it('keeps the category of a page among its properties', () => {
    expect(normalise({ type: 'page', category: 'Docs' }).properties).toEqual({ category: 'Docs' })
    expect(normalise({ type: 'page', category: 'Docs', properties: { category: 'Own' } }).properties).toEqual({
      category: 'Own',
    })
    expect(normalise({ category: 'Docs' })).not.toHaveProperty('properties')
  })

  it('leaves out ids that identify nobody and says which and why', () => {
    expect(normalise({ anonymousId: 'a1', userId: 'null' })).toMatchObject({
      anonymousId: 'a1',
      idProblem: 'userId_blocked: null',
    })
    const event = normalise({ type: 'alias', anonymousId: '[object Object]', userId: 0, previousId: '"undefined"' })
    expect(event).not.toHaveProperty('userId')
    expect(event).not.toHaveProperty('anonymousId')
    expect(event).not.toHaveProperty('previousId')
    expect(event.idProblem).toBe(
      'anonymousId_blocked: [object Object]; userId_blocked: 0; previousId_blocked: "undefined"',
    )
  })

  it('takes empty ids for none', () => {
    const event = normalise({ anonymousId: '  ', userId: '', groupId: ' ' })
    expect(Object.keys(event).filter((key) => /Id$|idProblem/.test(key))).toEqual(['messageId'])
  })

  it('takes the group from the context where the event has none', () => {
    expect(normalise({ context: { groupId: 5 } }).groupId).toBe('5')
    expect(normalise({ groupId: 'g', context: { groupId: 5 } }).groupId).toBe('g')
  })
})
