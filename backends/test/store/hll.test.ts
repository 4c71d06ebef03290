import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addMember,
  decodeMembers,
  decodeSet,
  emptySet,
  encodeSet,
  estimateSize,
  maxExact,
} from '../../src/store/hll.ts'

const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { maxLength: 200 })
const ascending = (members: readonly number[]): number[] => members.toSorted((a, b) => a - b)

test('an exact set comes back from its bytes, whatever its numbers', () => {
  fc.assert(
    fc.property(numbers, (members) => {
      const bytes = encodeSet({ kind: 'exact', members: new Set(members) })
      expect([...(decodeMembers(bytes) ?? [])]).toEqual(ascending(members))
      expect(decodeSet(bytes)).toEqual({ kind: 'exact', members: new Set(members) })
    }),
  )
})

test('sets that were kept as four bytes a number are read, also from the middle of a Buffer', () => {
  fc.assert(
    fc.property(numbers, (members) => {
      const buffer = Buffer.alloc(3 + 1 + members.length * 4)
      buffer.write('E', 3)
      for (const [index, member] of ascending(members).entries()) buffer.writeUInt32LE(member, 4 + index * 4)
      const bytes = buffer.subarray(3)
      expect([...(decodeMembers(bytes) ?? [])]).toEqual(ascending(members))
      expect([...(decodeMembers(new Uint8Array(bytes)) ?? [])]).toEqual(ascending(members))
    }),
  )
})

test('a set is exact up to its bound, and an estimate within 3 % beyond it', () => {
  let set = emptySet()
  for (let member = 1; member <= maxExact; member++) ({ set } = addMember(set, member))
  expect(set.kind).toBe('exact')
  for (let member = maxExact + 1; member <= 3 * maxExact; member++) ({ set } = addMember(set, member))
  const back = decodeSet(encodeSet(set))
  if (back.kind !== 'estimate') throw new Error('it is exact')
  expect(Math.abs(estimateSize(back.registers) / (3 * maxExact) - 1)).toBeLessThan(0.03)
})
