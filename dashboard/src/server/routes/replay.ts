import type { JsonObject } from '@trailstitch/protocol'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { ApiError } from '../errors.ts'
import { projectOf } from '../guard.ts'
import { cursorText, parts } from '../params.ts'
import type { Replay } from '../replay.ts'
import * as shapes from '../shapes.ts'
import { toIso } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'

/** Of an event that is mended: one over the limit of the wire has to fit in, too, to be told so. */
const maxMendedBytes = 256 * 1024

const params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 512 }) })
const fields = Type.Unsafe<JsonObject>({ type: 'object', additionalProperties: true })
const replayBody = Type.Object({
  ...parts.project,
  set: Type.Optional({ ...fields, description: 'Fields to set before it is sent; null removes one.' }),
  event: Type.Optional({ ...fields, description: 'The whole event to send in the place of what came.' }),
  check: Type.Optional(
    Type.Boolean({ default: false, description: 'Only look whether it would be taken; nothing is sent.' }),
  ),
})
const replayAllBody = Type.Object({
  ...parts.project,
  code: Type.String({ minLength: 1, maxLength: 64, description: 'Those that were set aside for this reason.' }),
  set: Type.Optional({ ...fields, description: 'Fields to set in each before it is sent; null removes one.' }),
  cursor: Type.Optional(cursorText('`nextCursor` of the answer before.')),
})

/** `note` writes to the audit log; it is missing where there is none. */
export function registerReplay(
  app: FastifyInstance,
  { replay, note }: { replay: Replay; note: AccountContext['note'] | undefined },
): void {
  app.post<{ Params: Static<typeof params>; Body: Static<typeof replayBody> }>(
    '/rejected/:id/replay',
    {
      bodyLimit: maxMendedBytes,
      schema: {
        operationId: 'replayRejected',
        summary: 'Mend an event that was set aside and send it again',
        description: 'It keeps its messageId and its time, so that it counts once however often it is sent.',
        params,
        body: replayBody,
        response: answers(shapes.replayed, 'What became of it'),
      },
    },
    async (request) => {
      const { set, event, check = false } = request.body
      if (set && event) throw new ApiError('invalid_request', 'Give "set" or "event", not both.')
      const item = await replay.find(projectOf(request).id, request.params.id)
      const { problem } = replay.check(item, { set, event })
      const replayedAt = item.replayedAt === undefined ? null : toIso(item.replayedAt)
      if (check) return { sent: false, replayedAt, problem: problem ?? null }
      // A change without a note of it must not be: so the note comes first.
      if (!problem)
        await note?.(request, 'rejected.replayed', item.id, set || event ? `${item.code}, mended` : item.code)
      return { sent: true, replayedAt: toIso(await replay.send(item, { set, event })), problem: null }
    },
  )

  app.post<{ Body: Static<typeof replayAllBody> }>(
    '/rejected/replay',
    {
      bodyLimit: maxMendedBytes,
      schema: {
        operationId: 'replayAllRejected',
        summary: 'Send all events again that were set aside for one reason, a stretch of them at a time',
        description:
          'Call it with `nextCursor` until that is null. Events that would be refused again stay where they are, and those that were sent again before are left out.',
        body: replayAllBody,
        response: answers(shapes.replayedPage, 'What became of the stretch'),
      },
    },
    async (request) => {
      const { code, set, cursor } = request.body
      if (cursor === undefined) await note?.(request, 'rejected.replayed', code, set ? 'all, mended' : 'all')
      return replay.sendAll(projectOf(request).id, code, set, cursor)
    },
  )
}
