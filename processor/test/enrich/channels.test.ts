import { describe, expect, it } from 'vitest'
import { channelOf, channelRules, unassignedChannel } from '../../src/enrich/channels.ts'
import { createEnricher } from '../../src/steps/enrich.ts'
import { definitions, pageView, partOf, tableOf } from '../support.ts'

const rows = tableOf(definitions(), '| channel | rule | example |')
const enrich = createEnricher()

describe('the channel table of docs/definitions.md', () => {
  it('lists the rules of the code, in their order and in their words', () => {
    const inCode = channelRules.map(({ channel, when }) => [channel, when])
    expect(rows.map(([channel, when]) => [channel, when])).toEqual([...inCode, [unassignedChannel, 'everything else']])
  })

  it.each(rows)('gives an example of %s', (channel, _rule, example = '') => {
    const [path = '', referrer] = example.split(' <- ')
    const event = enrich(pageView(`https://shop.example${path}`, referrer), partOf(), {})
    expect(event.touch?.channel).toBe(channel)
  })
})

describe('channels', () => {
  const nothing = { source: '(not set)', medium: '(not set)', campaign: '', kind: undefined, searchAd: false } as const

  it('take cpm from an unknown source for display and from a search engine for paid search', () => {
    expect(channelOf({ ...nothing, medium: 'cpm' })).toBe('Display')
    expect(channelOf({ ...nothing, medium: 'cpm', kind: 'search' })).toBe('Paid Search')
  })

  it('do not take workshop for a shop, but e-shop and shopping', () => {
    expect(channelOf({ ...nothing, campaign: 'workshop' })).toBe('Unassigned')
    expect(channelOf({ ...nothing, campaign: 'big e-shop sale' })).toBe('Organic Shopping')
    expect(channelOf({ ...nothing, campaign: 'xshopping' })).toBe('Organic Shopping')
  })

  it('do not call a visit direct when only its source is unknown', () => {
    expect(channelOf({ ...nothing, medium: '(none)' })).toBe('Unassigned')
    expect(channelOf({ ...nothing, source: 'direct', medium: '(not set)' })).toBe('Direct')
  })
})
