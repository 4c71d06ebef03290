import { describe, expect, it } from 'vitest'
import { decodeValue, eachParameter, referrerHost, splitUrl } from '../../src/enrich/url.ts'

describe('taking URLs apart', () => {
  it.each([
    ['https://Shop.Example:8443/a/b?x=1#y', 'shop.example', '/a/b', 'x=1'],
    ['https://shop.example', 'shop.example', '/', ''],
    ['https://shop.example?x=1', 'shop.example', '/', 'x=1'],
    ['//shop.example/a', 'shop.example', '/a', ''],
    ['https://user:pass@shop.example./', 'shop.example', '/', ''],
    ['http://[2001:db8::1]:80/a', '[2001:db8::1]', '/a', ''],
    ['/a/b?x=1?y=2#z?w', undefined, '/a/b', 'x=1?y=2'],
    ['file:///home/me/x.html', undefined, '/home/me/x.html', ''],
    ['android-app://com.slack/', 'com.slack', '/', ''],
    ['about:blank', undefined, undefined, ''],
    ['javascript:alert(1)', undefined, undefined, ''],
    ['https://', undefined, '/', ''],
    ['https://a b/c', undefined, '/c', ''],
    ['', undefined, undefined, ''],
    ['#top', undefined, undefined, ''],
  ])('%s', (url, host, path, query) => {
    expect(splitUrl(url)).toEqual({ ...(host && { host }), ...(path && { path }), query })
  })

  it('agrees with the URL class on ordinary URLs', () => {
    for (const url of ['https://a.example/x/y?q=1&r=2#f', 'http://b.example:81/?q', 'https://c.example/ä?ö=ü']) {
      const real = new URL(url)
      const { host, query } = splitUrl(url)
      expect(host).toBe(real.hostname)
      expect(encodeURI(`?${query}`)).toBe(real.search)
    }
  })

  it('finds the host of referrers, with and without a scheme', () => {
    expect(referrerHost('www.google.com/search?q=1')).toBe('www.google.com')
    expect(referrerHost('https://t.co/abc')).toBe('t.co')
    for (const none of ['-', '', 'null', 'index', 'about:blank', '/start']) expect(referrerHost(none)).toBeUndefined()
  })

  it('walks over parameters without decoding them', () => {
    const seen: string[][] = []
    eachParameter('?a=1&b&c=&=d&&e=f=g', (name, value) => seen.push([name, value]))
    expect(seen).toEqual([
      ['a', '1'],
      ['b', ''],
      ['c', ''],
      ['', 'd'],
      ['', ''],
      ['e', 'f=g'],
    ])
  })

  it('decodes what is well formed and leaves the rest', () => {
    expect(decodeValue('spring+sale%20%C3%A4 ')).toBe('spring sale ä')
    expect(decodeValue('100%+off')).toBe('100% off')
  })
})
