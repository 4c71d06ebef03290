import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSender, openDirectory, openQueue, openStore, type Store, silentLog } from '@trailstitch/backends'
import { createProjects, type Project } from '@trailstitch/protocol'
import { onTestFinished } from 'vitest'
import { createFolder } from '../../backends/test/fixtures/folder.ts'
import { createProcessor } from '../src/index.ts'

/** A data folder with everything in SQLite, and a worker whose clock is ours. */
export async function openFolderRig(
  start: number,
  list: readonly Project[] = [{ id: 'p', name: 'P', writeKeys: ['k'] }],
) {
  const clock = { now: start }
  const folder = createFolder()
  onTestFinished(() => folder.remove())
  const deps = { now: () => clock.now, log: silentLog }
  const url = (name: string): string => `sqlite:${join(folder.path, `${name}.db`)}`
  const queue = await openQueue(url('queue'), deps)
  const store = await openStore(url('store'), deps)
  const directory = await openDirectory(url('directory'), deps)
  const sender = createSender({ queue, deps })
  const projects = createProjects(list)
  /** A worker that begins, does what there is and ends. */
  const work = (over: Store = store): Promise<void> =>
    createProcessor({ queue, store: over, projects, deps, directory }).drain()
  const send = (event: object, receivedAt = clock.now, project = 'p'): Promise<void> =>
    sender.send(
      { project, kind: 'track', receivedAt, encoding: 'identity', events: 1 },
      Buffer.from(JSON.stringify({ type: 'track', event: 'Sent', ...event })),
    )
  const close = async (): Promise<void> => {
    await sender.close()
    await queue.close()
    await store.close()
    await directory.close()
  }
  /** Files of the folder in which the text lies, by its bytes. */
  const filesWith = (text: string): string[] =>
    readdirSync(folder.path).filter((name) => readFileSync(join(folder.path, name)).includes(text))
  return { clock, store, directory, queue, projects, work, send, close, filesWith }
}
