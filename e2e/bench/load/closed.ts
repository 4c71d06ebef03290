import { openConnection } from './connection.ts'

export interface ClosedLoad {
  port: number
  connections: number
  /** How long to send. What is under way at the end is waited for and not counted. */
  ms: number
}

export interface ClosedOutcome {
  requestsPerSecond: number
  /** Of each answer, ms. */
  latenciesMs: number[]
  /** Answers other than 200. */
  refused: number
  /** Share of a core that sending took; close to 1 the sender is what was measured. */
  busy: number
}

/** Keeps every connection busy: the next request leaves when the answer is there. Requests go round. */
export async function runClosedLoad(
  { port, connections, ms }: ClosedLoad,
  requests: readonly Buffer[],
): Promise<ClosedOutcome> {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)))
  const latenciesMs: number[] = []
  let refused = 0
  let turn = 0
  const cpu = process.cpuUsage()
  const start = performance.now()
  const end = start + ms
  const work = open.map(async (connection) => {
    for (let sentAt = performance.now(); sentAt < end; ) {
      const status = await connection.send(requests[turn++ % requests.length] as Buffer)
      const now = performance.now()
      if (now <= end) latenciesMs.push(now - sentAt)
      if (status !== 200) refused++
      sentAt = now
    }
  })
  await Promise.all(work)
  const { user, system } = process.cpuUsage(cpu)
  const busy = (user + system) / 1000 / (performance.now() - start)
  for (const connection of open) connection.close()
  return { requestsPerSecond: latenciesMs.length / (ms / 1000), latenciesMs, refused, busy }
}
