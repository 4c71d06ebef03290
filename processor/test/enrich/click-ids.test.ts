import { describe, expect, it } from 'vitest'
import { clickIds, withoutClickIds } from '../../src/enrich/click-ids.ts'
import { createEnricher } from '../../src/steps/enrich.ts'
import { definitions, pageView, partOf, storedEvent, tableOf } from '../support.ts'

const enrich = createEnricher()
const touchAt = (query: string, referrer?: string) =>
  enrich(pageView(`https://shop.example/?${query}`, referrer), partOf(), {}).touch

describe('click ids', () => {
  it('are the ones that docs/definitions.md lists, in that order', () => {
    const inCode = [...clickIds.values()].map(({ name, source, medium, searchAd }) => [
      name,
      source,
      medium ?? '-',
      searchAd ? 'yes' : '-',
    ])
    expect(tableOf(definitions(), '| parameter | source | medium | search ad |')).toEqual(inCode)
  })

  it.each([...clickIds.keys()])('%s names source and medium, and keeps its value out of what is stored', (name) => {
    const secret = 'sEcret.Value_1'
    const url = `https://shop.example/?a=1&${name.toUpperCase()}=${secret}&b=2`
    const page = { url, search: `?${name}=${secret}`, referrer: `https://shop.example/start?${name}=${secret}#x` }
    const given = storedEvent({ properties: { url, search: `${name}=${secret}` }, context: { page } })
    const event = enrich(given, partOf(), {})
    expect(JSON.stringify(event)).not.toContain(secret)
    expect(event.touch).toMatchObject({ clickId: name, source: clickIds.get(name)?.source })
    expect(event.properties?.url).toBe(`https://shop.example/?a=1&${name.toUpperCase()}=&b=2`)
  })

  it('yield to the campaign, and a link that anybody may post yields to the referrer', () => {
    expect(touchAt('gclid=1&utm_source=june&utm_medium=email')).toMatchObject({ source: 'june', medium: 'email' })
    expect(touchAt('fbclid=1', 'https://l.instagram.com/')).toMatchObject({ source: 'instagram', medium: 'referral' })
    expect(touchAt('fbclid=1')).toMatchObject({ source: 'facebook', channel: 'Organic Social' })
  })

  it('of paid links win over the referrer and over those of free links', () => {
    expect(touchAt('fbclid=1&gclid=2', 'https://www.bing.com/')).toEqual({
      channel: 'Paid Search',
      source: 'google',
      medium: 'cpc',
      referrer: 'www.bing.com',
      clickId: 'gclid',
    })
  })

  it('are found in the fragment, inside an encoded URL and in a bare query, and nowhere else', () => {
    expect(withoutClickIds('https://a.example/#/x?gclid=1&y=2')).toBe('https://a.example/#/x?gclid=&y=2')
    expect(withoutClickIds('/go?to=https%3A%2F%2Fb.example%3Fgclid%3D1%26y%3D2&z=3')).toBe(
      '/go?to=https%3A%2F%2Fb.example%3Fgclid%3D%26y%3D2&z=3',
    )
    expect(withoutClickIds('gclid=a%26b&x=1')).toBe('gclid=&x=1')
    expect(withoutClickIds('/?notgclid=1&gclidx=2&q=gclid=3')).toBe('/?notgclid=1&gclidx=2&q=gclid=3')
    expect(withoutClickIds(withoutClickIds('/?msclkid=1'))).toBe('/?msclkid=')
  })
})
