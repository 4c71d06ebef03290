import { type Body, checkBody, parseBody, WireError } from '@trailstitch/protocol'

export type SentEvent = Record<string, unknown> & { type: string; messageId: string }

/** One request as a collector sees it. */
export interface SentRequest {
  at: number
  keepalive: boolean
  viaBeacon: boolean
  text: string
  bytes: number
  events: SentEvent[]
  envelope: Record<string, unknown>
}

/** What to answer with: a status and body, no answer at all, or one that never comes. */
export type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | 'network error' | 'silence'

/** A collector in memory that checks bodies by the protocol and remembers which batches it took. */
export interface TestServer {
  requests: SentRequest[]
  /** Events of the requests that were taken, refused ones left out, in order of arrival. */
  taken: SentEvent[]
  /** Decides the answer; undefined takes the request. */
  answer: (request: SentRequest) => Reply | undefined
  /** Whether receipts list batches of earlier requests as known. */
  confirms: boolean
  /** Set for a request that reached us: undefined when there is no connection. */
  handle(request: SentRequest): Reply
}

export function createServer(): TestServer {
  const knownBatches = new Set<unknown>()
  const server: TestServer = {
    requests: [],
    taken: [],
    answer: () => undefined,
    confirms: true,
    handle(request) {
      server.requests.push(request)
      const reply = server.answer(request)
      if (reply) return reply
      const body = parse(request.text)
      if (body instanceof WireError) return { status: body.status, body: { success: false, code: body.code } }
      const refused = checkBody(body)
      const refusedPlaces = new Set(refused.map(([index]) => index))
      server.taken.push(...request.events.filter((_, index) => !refusedPlaces.has(index)))
      const asked = (request.envelope.unconfirmed ?? []) as string[]
      const known = asked.filter((id) => knownBatches.has(id))
      for (const id of (request.envelope.batchIds ?? []) as string[]) knownBatches.add(id)
      const accepted = request.events.length - refused.length
      return {
        status: accepted > 0 || refused.length === 0 ? 200 : 400,
        body: {
          success: accepted > 0,
          accepted,
          refused: refused.map(([index, code]) => ({ index, code, message: code })),
          ...(server.confirms && { known }),
        },
      }
    },
  }
  return server
}

function parse(text: string): Body | WireError {
  try {
    return parseBody(Buffer.from(text), 'batch')
  } catch (error) {
    if (error instanceof WireError) return error
    throw error
  }
}

export function readRequest(
  text: string,
  facts: Pick<SentRequest, 'at' | 'keepalive' | 'viaBeacon' | 'bytes'>,
): SentRequest {
  const { batch, ...envelope } = parseLoose(text)
  return { ...facts, text, events: (batch ?? []) as SentEvent[], envelope }
}

function parseLoose(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
