import { describe, expect, it } from 'vitest'
import blockedIds from '../../src/enrich/data/blocked-ids.json' with { type: 'json' }
import { readId } from '../../src/enrich/ids.ts'
import { definitions } from '../support.ts'

describe('ids', () => {
  it('blocked by the code are the ones that docs/definitions.md lists', () => {
    const listed = /```blocked-ids\n([^`]*)```/.exec(definitions())?.[1] ?? ''
    const words = listed.replace('[object Object]', '').split(/\s+/).filter(Boolean)
    expect([...words, '[object object]'].sort()).toEqual([...blockedIds].sort())
  })

  it.each(blockedIds)('like %s identify nobody, in any case, padded or quoted', (id) => {
    for (const form of [
      id,
      id.toUpperCase(),
      ` ${id}\n`,
      `"${id}"`,
      `'${id}'`,
      `\`${id}\``,
      `\\"${id}\\"`,
      `"'${id}'"`,
    ])
      expect(readId(form).problem, form).toMatch(/^blocked: /)
  })

  it.each(['0', '00', '-', '---', '0-0', '00000000-0000-0000-0000-000000000000', '"0"', '""', "''", '"  "'])(
    'like %s identify nobody',
    (id) => {
      expect(readId(id)).toEqual({ problem: `blocked: ${id}` })
    },
  )

  it.each([0, -0, -1])('that are the number %d identify nobody', (id) => {
    expect(readId(id).problem).toMatch(/^blocked: /)
  })

  it('past 2^53 are refused as numbers and fine as text', () => {
    expect(readId(JSON.parse('9007199254740993'))).toEqual({ problem: 'imprecise: 9007199254740992' })
    expect(readId('9007199254740993')).toEqual({ id: '9007199254740993' })
  })

  it('are text without white space around it', () => {
    expect(readId(42)).toEqual({ id: '42' })
    expect(readId(1.5)).toEqual({ id: '1.5' })
    expect(readId(' u 1 ')).toEqual({ id: 'u 1' })
    expect(readId('01')).toEqual({ id: '01' })
    expect(readId('Nullify')).toEqual({ id: 'Nullify' })
    expect(readId("'t Hooft")).toEqual({ id: "'t Hooft" })
    expect(readId('ids')).toEqual({ id: 'ids' })
  })

  it('that are empty are none, without a complaint', () => {
    for (const none of [undefined, null, '', '  ', '\t\n']) expect(readId(none)).toEqual({})
  })

  it('that are over-long or of another type are named, and not shown at full length', () => {
    expect(readId('x'.repeat(512))).toEqual({ id: 'x'.repeat(512) })
    expect(readId('x'.repeat(513))).toEqual({ problem: `too_long: ${'x'.repeat(64)}…` })
    expect(readId({})).toEqual({ problem: 'invalid' })
    expect(readId(true)).toEqual({ problem: 'invalid' })
  })
})
