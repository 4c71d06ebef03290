import { readFileSync } from 'node:fs'
import type { Chunk, ChunkPart, JsonObject, StoredEvent } from '@trailstitch/protocol'

export const receivedAt = Date.UTC(2026, 2, 1, 12)

export const partOf = (fields: Partial<ChunkPart> = {}): ChunkPart => ({
  project: 'demo',
  kind: 'batch',
  receivedAt,
  encoding: 'identity',
  bytes: 0,
  events: 1,
  ...fields,
})

/** A chunk of one part for each body; what a body is not given stays as {@link partOf} has it. */
export function chunkOf(...requests: { body: unknown; part?: Partial<ChunkPart> }[]): Chunk {
  const bodies = requests.map(({ body }) =>
    body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  )
  const parts = requests.map(({ body, part }, index) =>
    partOf({ bytes: bodies[index]?.length ?? 0, events: countEvents(body), ...part }),
  )
  return { header: { collector: 'c1', seq: 7, packedAt: receivedAt, parts }, bodies }
}

const countEvents = (body: unknown): number => {
  const batch = (body as { batch?: unknown }).batch
  return Array.isArray(batch) ? batch.length : 1
}

export const storedEvent = (fields: Partial<StoredEvent> = {}): StoredEvent => ({
  project: 'demo',
  messageId: 'm1',
  type: 'page',
  name: 'page',
  timestamp: receivedAt,
  receivedAt,
  anonymousId: 'a1',
  ...fields,
})

/** A page view of `url`, coming from `referrer`. */
export const pageView = (url: string, referrer?: string, context: JsonObject = {}): StoredEvent =>
  storedEvent({ context: { page: { url, ...(referrer !== undefined && { referrer }) }, ...context } })

export const definitions = (): string => readFileSync(new URL('../../docs/definitions.md', import.meta.url), 'utf8')

/** The rows of the table of docs/definitions.md that starts with this heading row, cells trimmed, backquotes taken off. */
export function tableOf(doc: string, heading: string): string[][] {
  const lines = doc.split('\n')
  const start = lines.indexOf(heading)
  if (start < 0) throw new Error(`docs/definitions.md has no table "${heading}"`)
  const rows: string[][] = []
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break
    rows.push(
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
    )
  }
  return rows
}
