import { expectTypeOf, test } from 'vitest'
import type { BatchBody, ErrorCode, GroupEvent, TrackEvent, WireEvent } from '../src/index.ts'

// Checked by the compiler in the type check of the test command; at run time there is nothing left to do.

test('events demand what their call demands', () => {
  expectTypeOf<{ type: 'track'; event: string; userId: string }>().toExtend<TrackEvent>()
  expectTypeOf<{ type: 'track'; userId: string }>().not.toExtend<TrackEvent>()
  expectTypeOf<{ type: 'group'; userId: string }>().not.toExtend<GroupEvent>()
  expectTypeOf<{ type: 'alias'; previousId: string }>().not.toExtend<WireEvent>()
  expectTypeOf<{ type: 'purchase'; userId: string }>().not.toExtend<WireEvent>()
})

test('ids may be text, numbers and null, and nothing else', () => {
  expectTypeOf<TrackEvent['userId']>().toEqualTypeOf<string | number | null | undefined>()
  expectTypeOf<{ type: 'track'; event: string; userId: boolean }>().not.toExtend<TrackEvent>()
})

test('a batch holds any of the calls', () => {
  expectTypeOf<BatchBody['batch'][number]>().toEqualTypeOf<WireEvent>()
})

test('codes are a closed list', () => {
  expectTypeOf<'too_deep'>().toExtend<ErrorCode>()
  expectTypeOf<'whatever'>().not.toExtend<ErrorCode>()
})
