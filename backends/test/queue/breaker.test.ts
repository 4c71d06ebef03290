import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBreaker, type Pass } from '../../src/queue/breaker.ts'

function setUp() {
  let now = 0
  const changes: boolean[] = []
  const breaker = createBreaker({
    now: () => now,
    maxFailures: 3,
    probeMs: 100,
    onChange: (isOpen) => changes.push(isOpen),
  })
  const attempt = (isOk: boolean): boolean => {
    const pass = breaker.enter()
    pass?.end(isOk)
    return pass !== undefined
  }
  const elapse = (ms: number): void => {
    now += ms
  }
  return { breaker, attempt, elapse, changes }
}

test('it opens after failures in a row, not after as many with a success between', () => {
  const { attempt, changes } = setUp()
  for (const isOk of [false, false, true, false, false, true]) expect(attempt(isOk)).toBe(true)
  expect(changes).toEqual([])
  for (let count = 0; count < 3; count++) expect(attempt(false)).toBe(true)
  expect(attempt(true)).toBe(false)
  expect(changes).toEqual([true])
})

test('after a while one at a time may try, and the first that succeeds closes it', () => {
  const { breaker, attempt, elapse, changes } = setUp()
  for (let count = 0; count < 3; count++) attempt(false)
  elapse(99)
  expect(breaker.enter()).toBeUndefined()
  elapse(1)
  const probe = breaker.enter()
  expect(probe?.isProbe).toBe(true)
  elapse(1_000)
  expect(breaker.enter()).toBeUndefined()
  probe?.end(false)
  elapse(99)
  expect(breaker.enter()).toBeUndefined()
  elapse(1)
  expect(attempt(true)).toBe(true)
  expect(breaker.enter()?.isProbe).toBe(false)
  expect(changes).toEqual([true, false])
})

test('what began before it opened neither closes it nor keeps it open', () => {
  const { breaker, attempt, elapse, changes } = setUp()
  const [late, later] = [breaker.enter(), breaker.enter()]
  for (let count = 0; count < 3; count++) attempt(false)
  late?.end(true)
  expect(breaker.enter()).toBeUndefined()
  elapse(99)
  later?.end(false)
  elapse(1)
  expect(attempt(true)).toBe(true)
  expect(changes).toEqual([true, false])
})

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('enter' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(9),
      isOk: fc.constantFrom(true, false, false),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('elapse' as const), ms: fc.constantFrom(1, 60, 100) }) },
)

test('whatever succeeds and fails, there is one probe at a time, and successes close it again', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 100 }), (steps) => {
      const { breaker, attempt, elapse, changes } = setUp()
      const passes: Pass[] = []
      for (const next of steps) {
        if (next.kind === 'elapse') elapse(next.ms)
        else if (next.kind === 'enter') {
          const pass = breaker.enter()
          if (pass) passes.push(pass)
          const isOpen = changes.at(-1) ?? false
          if (pass) expect(pass.isProbe).toBe(isOpen)
        } else if (passes.length > 0) {
          const [pass] = passes.splice(next.which % passes.length, 1)
          pass?.end(next.isOk)
          pass?.end(!next.isOk)
        }
        expect(passes.filter(({ isProbe }) => isProbe).length).toBeLessThanOrEqual(1)
      }
      // It turns one way and the other, and is told so each time.
      expect(changes).toEqual(changes.map((_, index) => index % 2 === 0))
      for (const pass of passes) pass.end(false)
      elapse(100)
      attempt(true)
      expect(changes.at(-1) ?? false).toBe(false)
      expect(breaker.enter()?.isProbe).toBe(false)
    }),
    { numRuns: 500 },
  )
})
