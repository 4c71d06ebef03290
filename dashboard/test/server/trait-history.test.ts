import { expect, test } from 'vitest'
import { createTraitHistory, maxTraits, maxValues } from '../../src/server/trait-history.ts'
import { journeyItem } from './scripted.ts'

const said = (at: number, traits: Record<string, string | number>, type: 'identify' | 'group' = 'identify') =>
  journeyItem({ type, traits, timestamp: at, messageId: `m${at}` })

test('a trait has its values newest first, each from when it was said first', () => {
  const history = createTraitHistory()
  history.add([said(9, { plan: 'pro' }), said(8, { plan: 'pro', name: 'Ann' }), said(7, { plan: 'team' }, 'group')])
  history.add([said(6, { plan: 'free' }), said(5, { plan: 'pro' })])
  expect(history.read()).toEqual({
    items: [
      { name: 'name', values: [{ value: 'Ann', at: 8, messageId: 'm8' }] },
      {
        name: 'plan',
        values: [
          { value: 'pro', at: 8, messageId: 'm8' },
          { value: 'free', at: 6, messageId: 'm6' },
          { value: 'pro', at: 5, messageId: 'm5' },
        ],
      },
    ],
    isCut: false,
  })
})

test('names of every object are names like others', () => {
  const history = createTraitHistory()
  history.add([said(1, { toString: 'x', hasOwnProperty: 'y' })])
  expect(history.read().items.map(({ name }) => name)).toEqual(['hasOwnProperty', 'toString'])
})

test('what is too much is left out, and that is said', () => {
  const values = createTraitHistory()
  values.add(Array.from({ length: maxValues + 2 }, (_, index) => said(100 - index, { plan: index })))
  expect(values.read().items[0]?.values).toHaveLength(maxValues)
  expect(values.read().isCut).toBe(true)
  const names = createTraitHistory()
  names.add([said(1, Object.fromEntries(Array.from({ length: maxTraits + 1 }, (_, index) => [`t${index}`, index])))])
  expect(names.read().items).toHaveLength(maxTraits)
  expect(names.read().isCut).toBe(true)
})
