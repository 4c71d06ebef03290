import { deflateSync, gzipSync } from 'node:zlib'
import { errorTable } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadFixtures } from '../../protocol/test/load-fixtures.ts'
import { arrivals, createScriptedQueue, startCollector } from './support/collector.ts'
import { fuzz } from './support/config.ts'

const seeds = loadFixtures('valid').filter(({ bytes }) => bytes.length < 20_000)

/** Pieces that parsers and stores have stumbled over. */
const pieces = [
  '__proto__',
  '$ne',
  '\\u0000',
  '\\ud800',
  '1e999',
  '-0',
  '[[[[',
  '{"a":',
  '}',
  ',',
  '"',
  'null',
  '\u{feff}',
  'é',
]
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), piece: fc.constantFrom(...pieces) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 60 }),
    times: fc.integer({ min: 2, max: 200 }),
  }),
)
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never

function mutate(bytes: Uint8Array, change: Mutation): Uint8Array {
  if (bytes.length === 0) return bytes
  const at = change.at % bytes.length
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (change.kind) {
    case 'flip': {
      const copy = Uint8Array.from(bytes)
      copy[at] = (copy[at] ?? 0) ^ (1 << change.bit)
      return copy
    }
    case 'insert':
      return Buffer.concat([before, Buffer.from(change.piece), after])
    case 'cut':
      return Buffer.concat([before, after.subarray(change.length)])
    case 'repeat':
      return Buffer.concat([before, ...Array<Uint8Array>(change.times).fill(after.subarray(0, change.length)), after])
  }
}

const squeeze = { identity: (bytes: Uint8Array) => bytes, gzip: gzipSync, deflate: deflateSync }
const request = fc.record({
  fixture: fc.constantFrom(...seeds),
  changes: fc.array(mutation, { maxLength: 6 }),
  encoding: fc.constantFrom('identity', 'gzip', 'deflate'),
  /** Also broken after it was compressed. */
  late: fc.option(mutation),
  route: fc.option(fc.constantFrom('track', 'batch', 'alias')),
})

test(
  'whatever arrives is answered with a code, and what is taken can be read back',
  async () => {
    console.log(`fuzz: ${fuzz.seconds} s, FUZZ_SEED=${fuzz.seed}`)
    const { queue, sent } = createScriptedQueue()
    const projects = { all: () => [], byId: () => undefined, byKey: () => ({ id: 'p', name: 'P', writeKeys: [] }) }
    const running = await startCollector({ queue, projects, limits: { requestsPerMinutePerKey: Infinity } })
    const property = fc.asyncProperty(request, async ({ fixture, changes, encoding, late, route }) => {
      const plain = changes.reduce(mutate, fixture.bytes)
      const squeezed = squeeze[encoding](plain)
      const body = late ? mutate(squeezed, late) : squeezed
      sent.length = 0
      const headers = { 'content-encoding': encoding, authorization: '' }
      const withKey = await running.post(`/v1/${route ?? fixture.route}`, body, headers)
      const answer =
        withKey.status === 401
          ? await running.post(`/v1/${route ?? fixture.route}`, body, { 'content-encoding': encoding })
          : withKey
      const { accepted, refused, code } = answer.json()
      if (code !== undefined) expect(errorTable).toHaveProperty(code)
      expect([200, 400, 401]).toContain(answer.status)
      expect(answer.json().success).toBe(answer.status === 200)
      if (accepted === undefined) return
      // As the processor sees it: the same events, the same ones refused.
      const arrived = await arrivals(queue)
      expect(arrived.flatMap(({ events }) => events)).toHaveLength(accepted + (refused?.length ?? 0))
      expect(arrived.flatMap(({ part }) => part.refused ?? [])).toEqual(
        refused?.map((event) => [event.index, event.code]),
      )
    })
    await fc.assert(property, {
      seed: fuzz.seed,
      numRuns: Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: fuzz.seconds * 1_000,
      markInterruptAsFailure: false,
    })
    expect(running.logged).toEqual([])
    await running.stop()
  },
  fuzz.seconds * 1_000 + 60_000,
)
