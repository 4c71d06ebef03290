import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, openConnection } from './connection.ts'

export interface PacedLoad {
  port: number
  requestsPerSecond: number
  ms: number
  /** At most this many requests wait for their answer at the same time. Default 64. */
  connections?: number
}

export interface PacedOutcome {
  sent: number
  /** Answers other than 200. */
  refused: number
  /** From the first request to the last answer, ms: longer than asked for when the server could not keep up. */
  ms: number
}

const tickMs = 5

/** Sends at a steady rate, whatever the answers take, as long as there is a free connection. */
export async function runPacedLoad(load: PacedLoad, nextRequest: () => Buffer): Promise<PacedOutcome> {
  const { port, requestsPerSecond, ms, connections = 64 } = load
  const all = await Promise.all(Array.from({ length: connections }, () => openConnection(port)))
  const free: Connection[] = [...all]
  const underWay = new Set<Promise<void>>()
  const total = Math.round((requestsPerSecond * ms) / 1000)
  let sent = 0
  let refused = 0
  const sendOn = async (connection: Connection): Promise<void> => {
    if ((await connection.send(nextRequest())) !== 200) refused++
    free.push(connection)
  }
  const start = performance.now()
  while (sent < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - start) * requestsPerSecond) / 1000))
    for (
      let connection = sent < due ? free.pop() : undefined;
      connection;
      connection = sent < due ? free.pop() : undefined
    ) {
      sent++
      const answer = sendOn(connection)
      underWay.add(answer)
      answer.then(() => underWay.delete(answer)).catch(() => {})
    }
    await sleep(tickMs)
  }
  await Promise.all(underWay)
  const tookMs = performance.now() - start
  for (const connection of all) connection.close()
  return { sent, refused, ms: tookMs }
}
