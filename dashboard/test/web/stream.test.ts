import { expect, test } from 'vitest'
import { ApiFailure } from '../../web/api/failure.ts'
import { firstPauseMs, followStream, maxPauseMs, parseMessage, type StreamState } from '../../web/api/stream.ts'

type Turn = string | ApiFailure

/** Follows a stream whose connections are these turns; after the last one it is ended. */
async function follow(turns: Turn[]) {
  const seen = { ids: [] as string[], data: [] as string[], pauses: [] as number[], states: [] as StreamState[] }
  await new Promise<void>((resolve) => {
    const end = followStream({
      connect: async (lastId) => {
        seen.ids.push(lastId)
        const turn = turns.shift()
        if (turn instanceof ApiFailure) throw turn
        return new Response(turn)
      },
      onMessage: ({ data }) => seen.data.push(data),
      onState: (state) => {
        seen.states.push(state)
        if (state === 'refused') resolve()
      },
      pause: async (ms) => {
        seen.pauses.push(ms)
        if (turns.length > 0) return
        end()
        resolve()
      },
    })
  })
  return seen
}

const down = new ApiFailure(503, 'x', '')

test('after a cut it goes on behind the last message, and what was cut off in the middle does not count', async () => {
  const { ids, data } = await follow(['id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c', 'id: 3\ndata: c\n\n'])
  expect([ids, data]).toEqual([
    ['', '2'],
    ['a', 'b', 'c'],
  ])
})

test('pauses double up to 30 s, and are short again once a message came', async () => {
  const { pauses, states } = await follow([...Array<Turn>(7).fill(down), 'data: a\n\n', down])
  expect(pauses.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 30, 30].map((seconds) => seconds * 1000))
  expect([pauses[5], pauses[7]]).toEqual([maxPauseMs, firstPauseMs])
  expect(states.filter((state) => state === 'open')).toHaveLength(1)
})

test('heartbeats are no messages', async () => {
  expect((await follow([': alive\n\nretry: 2000\n\ndata: a\n\n'])).data).toEqual(['a'])
  expect(parseMessage('id: 7\nevent: events\ndata: {"a":"b: c"}')).toEqual({
    id: '7',
    event: 'events',
    data: '{"a":"b: c"}',
  })
})

test('it stops when it is refused, and begins anew when only its place is', async () => {
  expect((await follow([new ApiFailure(401, 'unauthorized', '')])).states).toEqual(['connecting', 'refused'])
  const { ids } = await follow(['id: 9\ndata: a\n\n', new ApiFailure(400, 'bad_cursor', ''), 'data: b\n\n'])
  expect(ids).toEqual(['', '9', ''])
})
