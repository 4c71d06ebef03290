import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { knownHost, knownSource } from '../../src/enrich/sources.ts'

describe('known sources', () => {
  it.each([
    ['www.google.com', 'google', 'search'],
    ['google.co.uk', 'google', 'search'],
    ['www.google.com.au', 'google', 'search'],
    ['mail.google.com', 'gmail', 'email'],
    ['gemini.google.com', 'gemini', 'ai'],
    ['shopping.google.de', 'google-shopping', 'shopping'],
    ['www.yahoo.com', 'yahoo', 'search'],
    ['fr.search.yahoo.com', 'yahoo', 'search'],
    ['mail.yahoo.com', 'yahoo-mail', 'email'],
    ['l.facebook.com', 'facebook', 'social'],
    ['old.reddit.com', 'reddit', 'social'],
    ['de.pinterest.com', 'pinterest', 'social'],
    ['t.co', 'x', 'social'],
    ['news.ycombinator.com', 'hackernews', 'social'],
    ['www.amazon.co.jp', 'amazon', 'shopping'],
    ['m.youtube.com', 'youtube', 'video'],
    ['copilot.microsoft.com', 'copilot', 'ai'],
    ['edgeservices.bing.com', 'copilot', 'ai'],
    ['com.google.android.gm', 'gmail', 'email'],
  ])('know %s as %s (%s)', (host, name, kind) => {
    expect(knownHost(host)).toEqual({ name, kind })
  })

  it.each([
    'docs.google.com',
    'finance.yahoo.com',
    'aws.amazon.com',
    'google.com.evil.example',
    'notfacebook.com',
    'localhost',
    'slack',
    '',
  ])('do not know %s', (host) => {
    expect(knownHost(host)).toBeUndefined()
  })

  it('are found by the names that links use', () => {
    expect(knownSource('fb')?.kind).toBe('social')
    expect(knownSource('google')?.kind).toBe('search')
    expect(knownSource('chatgpt.com')?.kind).toBe('ai')
    expect(knownSource('newsletter')).toBeUndefined()
    expect(knownSource('constructor')).toBeUndefined()
  })

  it('stand in one list each', () => {
    const folder = new URL('../../src/enrich/data/', import.meta.url)
    const files = readdirSync(folder).filter((file) => /^(ai|email|search|shopping|social|video)\.json$/.test(file))
    const keys = files.flatMap((file) => {
      const list = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Record<string, string[]>
      return Object.entries(list).flatMap(([name, hosts]) => [...new Set([name, ...hosts])])
    })
    expect(files).toHaveLength(6)
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([])
  })
})
