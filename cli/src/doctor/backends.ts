import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  type Blob,
  type Deps,
  openBlob,
  openKv,
  openQueue,
  openStore,
  overflowPrefix,
  rejectedChunksPrefix,
} from '@trailstitch/backends'
import type { Config } from '../config.ts'
import { messageOf } from '../errors.ts'
import { formatCount } from '../output.ts'
import { openDataFolder } from '../run/data-folder.ts'
import { sdkAllFile, sdkFile } from '../run/files.ts'
import { backendUrls, isMissing, queueOptions, shownUrl, storeOptions } from '../run/urls.ts'
import { type Finding, fail, fromDiagnosis, ok, warn } from './check.ts'

const staleMs = 5 * 60_000

const willBeMade = (name: string, url: string): Finding[] => [
  ok(name, `${shownUrl(url)} will be made on the first start`),
]

export async function checkQueue(config: Config, deps: Deps): Promise<Finding[]> {
  const { queue: url } = backendUrls(config)
  if (isMissing(url)) return willBeMade('queue', url)
  const queue = await openQueue(url, deps, queueOptions(config))
  try {
    const service = (await queue.diagnose?.())?.map((one) => fromDiagnosis({ ...one, name: `queue ${one.name}` })) ?? []
    // What follows could only say the same once more.
    if (service.length === 1) return service
    const { waiting, leased, dead, oldestAgeMs } = await queue.depth()
    const findings = [...service, ok('queue', `${shownUrl(url)}: ${formatCount(waiting + leased)} entries to process`)]
    if (oldestAgeMs !== null && oldestAgeMs > staleMs) {
      const minutes = Math.round(oldestAgeMs / 60_000)
      findings.push(
        warn(
          'backlog',
          `The oldest entry has waited ${minutes} min.`,
          'Is a processor running? Start one: trailstitch processor --workers 2',
        ),
      )
    }
    if (dead > 0) {
      findings.push(
        warn(
          'dead letters',
          `${formatCount(dead)} entries were given up.`,
          'Look into the log for the reason, then: trailstitch replay --dead',
        ),
      )
    }
    return findings
  } finally {
    await queue.close()
  }
}

/** Opening it checks the schema version, too. */
export async function checkStore(config: Config, deps: Deps): Promise<Finding[]> {
  const { store: url } = backendUrls(config)
  if (isMissing(url)) return willBeMade('store', url)
  const store = await openStore(url, deps, { ...storeOptions(config), readOnly: true })
  try {
    const { received, stored, duplicate, rejected, holes } = await store.query({ type: 'ledger' })
    const findings = [ok('store', `${shownUrl(url)}: ${formatCount(stored)} events stored, schema up to date`)]
    if (received !== stored + duplicate + rejected) {
      findings.push(
        fail(
          'books',
          `${formatCount(received)} received, but ${formatCount(stored + duplicate + rejected)} accounted for.`,
          'Report it with the output of trailstitch doctor --json.',
        ),
      )
    }
    if (holes.length > 0) {
      findings.push(
        warn(
          'holes',
          `${formatCount(holes.length)} gaps in the numbers of collectors.`,
          'Late entries close them; one that stays shows a lost queue entry.',
        ),
      )
    }
    findings.push(...((await store.diagnose?.()) ?? []).map(fromDiagnosis))
    return findings
  } finally {
    await store.close()
  }
}

export async function checkKv(config: Config, deps: Deps): Promise<Finding[]> {
  const { kv: url } = backendUrls(config)
  const kv = await openKv(url, deps)
  try {
    await kv.set('doctor', 'probe', 10_000)
    if ((await kv.get('doctor')) !== 'probe') throw new Error('What was written could not be read back.')
    return [ok('kv', shownUrl(url)), ...((await kv.diagnose?.()) ?? []).map(fromDiagnosis)]
  } finally {
    await kv.close()
  }
}

export async function checkBlob(config: Config, deps: Deps): Promise<Finding[]> {
  const { blob: url } = backendUrls(config)
  if (isMissing(url)) return willBeMade('blob', url)
  const blob = await openBlob(url, deps)
  try {
    const diagnoses = await blob.diagnose?.()
    if (diagnoses) return diagnoses.map((one) => fromDiagnosis({ ...one, name: `blob ${one.name}` }))
    await blob.put('doctor/probe', Buffer.from('probe'))
    const read = await blob.get('doctor/probe')
    await blob.delete('doctor/probe')
    if (!read || Buffer.from(read).toString() !== 'probe') throw new Error('What was written could not be read back.')
    return [ok('blob', shownUrl(url)), ...(await checkOverflow(blob, deps)), ...(await checkRejectedChunks(blob))]
  } finally {
    await blob.close()
  }
}

/** As far as they are looked at, which is enough to say that they are many. */
const maxLooked = 1_000
const formatFound = ({ items, nextCursor }: Awaited<ReturnType<Blob['list']>>): string =>
  `${nextCursor === null ? '' : 'over '}${formatCount(items.length)}`

/** Chunks that wait there are young while an outage lasts and gone soon after it. */
async function checkOverflow(blob: Blob, deps: Deps): Promise<Finding[]> {
  const found = await blob.list(overflowPrefix, { limit: maxLooked })
  const oldestAgeMs = deps.now() - Math.min(...found.items.map(({ modifiedAt }) => modifiedAt))
  if (oldestAgeMs < staleMs || found.items.length === 0) return []
  const minutes = Math.round(oldestAgeMs / 60_000)
  return [
    warn(
      'overflow',
      `${formatFound(found)} chunks could not get into the queue; the oldest has waited ${minutes} min.`,
      'See to the queue. A running processor with the same BLOB_URL brings them in by itself: trailstitch processor',
    ),
  ]
}

async function checkRejectedChunks(blob: Blob): Promise<Finding[]> {
  const found = await blob.list(rejectedChunksPrefix, { limit: maxLooked })
  if (found.items.length === 0) return []
  return [
    warn(
      'rejected',
      `${formatFound(found)} files of the overflow were no chunks and lie under ${rejectedChunksPrefix}.`,
      'Look what damaged or put them there. The books show a hole where one held events.',
    ),
  ]
}

/** Projects, the admin token and the scripts for pages. */
export function checkFiles(config: Config): Finding[] {
  const findings: Finding[] = []
  if (existsSync(join(config.data, 'projects.json'))) {
    try {
      const { list } = openDataFolder({ data: config.data, adminToken: 'not-looked-at' })
      findings.push(ok('projects', list.map(({ id }) => id).join(', ')))
    } catch (error) {
      findings.push(fail('projects', messageOf(error), 'Mend the file, or move it away for a new one.'))
    }
  }
  const token = join(config.data, 'admin-token')
  if (existsSync(token) && process.platform !== 'win32' && (statSync(token).mode & 0o077) !== 0)
    findings.push(warn('admin token', `${token} can be read by others.`, `chmod 600 ${token}`))
  const missing = [sdkFile, sdkAllFile].filter((file) => !existsSync(file)).map((file) => `/sdk/${basename(file)}`)
  if (missing.length === 0) findings.push(ok('script', 'the scripts for pages are built'))
  else
    findings.push(
      warn('script', `Not built, answered with 404: ${missing.join(' and ')}.`, 'In a clone: npm run build'),
    )
  return findings
}
