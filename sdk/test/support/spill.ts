import type { SpillFolder } from '../../src/server/state.ts'
import type { TestClock } from './clock.ts'
import type { Process } from './node.ts'

/** A disk, which outlives processes. */
export interface TestDisk {
  files: Map<string, { text: string; writtenAt: number }>
  maxFiles: number
  /** Such a disk takes nothing. */
  isBroken: boolean
  /** The folder as a process sees it, up to its death. */
  mount(process: () => Process): SpillFolder
}

const leaseMs = 120_000

/** The same as a real folder, one microtask later, without files. spill-folder.test.ts runs both. */
export function createDisk(clock: TestClock): TestDisk {
  let count = 0
  const lease = (name: string, until: number): string | undefined => {
    const file = disk.files.get(name)
    if (!file) return undefined
    const leased = `${name.split('-')[0]}-${until}`
    disk.files.delete(name)
    disk.files.set(leased, file)
    return leased
  }
  const disk: TestDisk = {
    files: new Map(),
    maxFiles: Number.POSITIVE_INFINITY,
    isBroken: false,
    mount(process) {
      /** What a dead process asks for never happens. */
      const perform = async <Result>(work: () => Result): Promise<Result> => {
        await Promise.resolve()
        return process().isDead ? new Promise<never>(() => {}) : work()
      }
      const decode = (events: Uint8Array): string => new TextDecoder().decode(events)
      return {
        list: () =>
          perform(() =>
            [...disk.files.keys()]
              .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
              .map((name) => ({ name, notBefore: Number(name.split('-')[1]) })),
          ),
        write: (events) =>
          perform(() => {
            if (disk.isBroken || disk.files.size >= disk.maxFiles) return undefined
            const name = `${++count}-0`
            disk.files.set(name, { text: decode(events), writtenAt: clock.now() })
            return name
          }),
        take: (name) =>
          perform(() => {
            const taken = lease(name, clock.now() + leaseMs)
            const file = taken === undefined ? undefined : disk.files.get(taken)
            return taken && file
              ? { name: taken, events: new TextEncoder().encode(file.text), writtenAt: file.writtenAt }
              : undefined
          }),
        giveBack: (name) => perform(() => lease(name, 0) ?? name),
        replace: (name, events) =>
          perform(() => {
            const file = disk.files.get(name)
            if (file) file.text = decode(events)
          }),
        remove: (name) => perform(() => void disk.files.delete(name)),
      }
    },
  }
  return disk
}

/** The messageIds of all events on a disk. */
export const idsOn = ({ files }: TestDisk): string[] =>
  [...files.values()].flatMap(({ text }) =>
    (JSON.parse(`[${text}]`) as { messageId: string }[]).map(({ messageId }) => messageId),
  )
