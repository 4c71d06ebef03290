import { expect, onTestFinished } from 'vitest'
import { createApi, type LedgerRow } from './api.ts'
import { type BreakableCloud, readBacklog, startBreakableCloud } from './breakable-cloud.ts'
import {
  adminToken,
  compareStored,
  makeFolder,
  noDifferences,
  readStored,
  removeFolder,
  writeKey,
} from './data-folder.ts'
import { type Load, type LoadOptions, startLoad } from './load.ts'
import { createServices, type Service } from './services.ts'
import { until } from './until.ts'

/** Services on a cloud of their own, for one test: all ends with it. */
export interface CloudRig {
  cloud: BreakableCloud
  /** Port 0 takes a free one. */
  startCollector(port: number): Service
  startProcessor(...flags: string[]): Service
  startDashboard(): Service
  startLoad(options: LoadOptions): Load
}

export async function setUpCloud(): Promise<CloudRig> {
  const data = makeFolder()
  onTestFinished(() => removeFolder(data))
  const cloud = await startBreakableCloud()
  onTestFinished(() => cloud.close())
  const services = createServices()
  onTestFinished(() => services.killAll())
  return {
    cloud,
    startCollector: (port) =>
      services.start('collector', ['--data', data, '--port', String(port), '--write-key', writeKey], cloud.env),
    startProcessor: (...flags) => services.start('processor', ['--data', data, ...flags], cloud.env),
    startDashboard: () =>
      services.start('dashboard', ['--data', data, '--port', '0', '--admin-token', adminToken], cloud.env),
    startLoad(options) {
      const load = startLoad(options)
      onTestFinished(() => load.abandon().catch(() => {}))
      return load
    },
  }
}

/** For leases of killed processors (10 s), a re-driver's (30 s), and to take in what waited behind them. */
const settleMs = 60_000

/**
 * Ends the load and waits until nothing is on its way. Everything that was sent, by the load or besides, is acknowledged
 * and stored once, and the books say so; resolves with these.
 */
export async function expectAllStored(
  cloud: BreakableCloud,
  load: Load,
  dashboard: Service,
  besides: readonly string[] = [],
): Promise<LedgerRow> {
  await load.finish()
  await until('overflow and queue are empty', settleMs, async () => {
    const { overflowed, waiting, leased } = await readBacklog(cloud)
    return overflowed + waiting + leased === 0
  })
  expect(load.acknowledged).toEqual(load.sent)
  const sent = new Set([...load.sent, ...besides])
  expect(compareStored(await readStored(cloud.storeUrl), { acknowledged: sent, sent })).toEqual(noDifferences)
  const ledger = await createApi(await dashboard.ready).ledger()
  expect(ledger).toMatchObject({ stored: sent.size, rejected: 0, dead: 0, inFlight: 0, balanced: true })
  expect(ledger.received).toBe(ledger.stored + ledger.duplicate)
  // Each request at most once, however often its chunk was delivered.
  expect(ledger.received).toBeGreaterThanOrEqual(load.accepted + besides.length)
  expect(ledger.received).toBeLessThanOrEqual(load.accepted + load.unsure + besides.length)
  return ledger
}
