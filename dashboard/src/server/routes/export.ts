import { Readable } from 'node:stream'
import { type StoredEvent, toWireEvent } from '@trailstitch/protocol'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { ApiError } from '../errors.ts'
import { projectOf, watchAdmission } from '../guard.ts'
import { systemTimer } from '../options.ts'
import { parts } from '../params.ts'
import * as shapes from '../shapes.ts'
import { answers, type RouteContext } from './context.ts'

const exportQuery = Type.Object(parts.project)
const pageSize = 1_000
/** Each reads the whole store. */
export const maxExports = 2

interface EventsPage {
  items: StoredEvent[]
  nextCursor: string | null
}

const exportAnswer = {
  200: {
    description: 'One event of the Segment wire a line, with what was derived from it, in the order of storing',
    content: { 'application/x-ndjson': { schema: Type.String() } },
  },
}

/** All events of a project as a file. It is whole, or the connection breaks off. */
export function registerExport(
  app: FastifyInstance,
  { store, access, deps, timer = systemTimer }: Pick<RouteContext, 'store' | 'access' | 'deps' | 'timer'>,
): void {
  let running = 0
  app.get<{ Querystring: Static<typeof exportQuery> }>(
    '/export',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'exportEvents',
        summary: 'All stored events as JSON lines; `trailstitch import jsonl` reads them',
        querystring: exportQuery,
        response: { ...answers(shapes.errorShape, ''), ...exportAnswer },
      },
    },
    async (request, reply) => {
      const { id: project } = projectOf(request)
      if (running >= maxExports) throw new ApiError('busy', `At most ${maxExports} exports run at once.`)
      running++
      const read = (cursor?: string): Promise<EventsPage> =>
        store.query({ type: 'events', project, limit: pageSize, ...(cursor !== undefined && { cursor }) })
      try {
        // What fails at once fails with a status, before the file begins.
        const stream = Readable.from(linesOf(read, await read()))
        const unwatch = watchAdmission({ access, timer, now: deps.now }, request, () => stream.destroy())
        stream.once('close', () => {
          running--
          unwatch()
        })
        const day = new Date(deps.now()).toISOString().slice(0, 10)
        reply.header('content-disposition', `attachment; filename="${project}-events-${day}.jsonl"`)
        reply.type('application/x-ndjson')
        return reply.send(stream)
      } catch (error) {
        running--
        throw error
      }
    },
  )
}

async function* linesOf(read: (cursor: string) => Promise<EventsPage>, first: EventsPage): AsyncGenerator<string> {
  for (let page = first; ; page = await read(page.nextCursor)) {
    if (page.items.length > 0) yield page.items.map((event) => `${JSON.stringify(toWireEvent(event))}\n`).join('')
    if (page.nextCursor === null) return
  }
}
