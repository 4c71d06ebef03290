import { serveParent } from '../lib/worker.ts'
import { createBatch, createSingle, toHttp } from '../traffic/bodies.ts'
import { createTraffic, type Traffic } from '../traffic/traffic.ts'
import { type ClosedLoad, type ClosedOutcome, runClosedLoad } from './closed.ts'
import { type PacedLoad, type PacedOutcome, runPacedLoad } from './paced.ts'

/** What the load generator is asked for. `batch` is the number of events a request; 1 goes to the route of its type. */
export type LoadRequest = { batch: number; writeKey: string } & (
  | ({ kind: 'closed' } & ClosedLoad)
  | ({ kind: 'paced' } & PacedLoad)
)
export type LoadReply = ({ kind: 'closed' } & ClosedOutcome) | ({ kind: 'paced' } & PacedOutcome)

const seed = 1
/** Enough that caches of the server see a whole shop's variety, few enough to stay in memory. */
const preparedEvents = 10_000
/** A busy site: at 5,000 events a second a visitor does something every 4 s. */
const activeVisits = 20_000

const prepared = new Map<string, Buffer[]>()
const live = createTraffic({ seed: seed + 1, activeVisits })

function createRequest(traffic: Traffic, batch: number, writeKey: string): Buffer {
  const at = Date.now()
  if (batch === 1) return toHttp(createSingle(traffic.next(at), at, writeKey))
  const events = Array.from({ length: batch }, () => traffic.next(at))
  return toHttp(createBatch(events, at, writeKey))
}

/** The same requests go round in a closed load: the collector does not look for duplicates, and making them would cost. */
function prepare(batch: number, writeKey: string): Buffer[] {
  const name = `${batch} ${writeKey}`
  const known = prepared.get(name)
  if (known) return known
  const traffic = createTraffic({ seed })
  const requests = Array.from({ length: preparedEvents / batch }, () => createRequest(traffic, batch, writeKey))
  prepared.set(name, requests)
  return requests
}

serveParent<LoadRequest, LoadReply>(async (request) => {
  const { batch, writeKey } = request
  if (request.kind === 'closed') return { kind: 'closed', ...(await runClosedLoad(request, prepare(batch, writeKey))) }
  return { kind: 'paced', ...(await runPacedLoad(request, () => createRequest(live, batch, writeKey))) }
})
