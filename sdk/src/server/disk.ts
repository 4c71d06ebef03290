import { eventsOf, fill, joinEvents, reusable, type Segment, sizeOf, textsOf } from './segment.ts'
import { drop, type Sender, wake } from './state.ts'

/** The server remembers messageIds for 7 days; what is older could count twice. */
const maxAgeMs = 6 * 86_400_000
/** After a write that failed. */
const diskPauseMs = 10_000

const listPauseMs = 60_000

/** At most this much in memory is comfortable: what is beyond it moves to disk, or lets those wait who can. */
export const isCrowded = ({ queueBytes, maxQueueBytes }: Sender): boolean => queueBytes > maxQueueBytes / 2

/**
 * Looks for what other processes left: at the start, and now and then while events come, as one may end after another
 * began. Undefined when it is not time.
 */
export function restore(sender: Sender): Promise<void> | undefined {
  const now = sender.deps.now()
  if (!sender.folder || now < sender.listAt) return undefined
  sender.listAt = now + listPauseMs
  return sender.folder.list().then((files) => {
    if (sender.isOver) return
    const known = new Set([...sender.live].map(({ file }) => file))
    for (const { name, notBefore } of files) {
      if (known.has(name)) continue
      // It counts for no flush: this client did not accept it.
      const first = Number.POSITIVE_INFINITY
      const segment: Segment = { first, count: 0, data: undefined, end: 0, dueAt: notBefore, file: name }
      sender.live.add(segment)
      sender.queue.push(segment)
    }
  })
}

/**
 * Moves what waits to disk while memory is crowded, the newest first, since the oldest is sent next. Resolves with
 * whether anything moved; undefined when there is nothing to do.
 */
export function relieve(sender: Sender): Promise<boolean> | undefined {
  if (!sender.folder || sender.moving || !isCrowded(sender) || sender.deps.now() < sender.diskRetryAt) return undefined
  sender.moving = moveToDisk(sender).finally(() => {
    sender.moving = undefined
  })
  return sender.moving
}

async function moveToDisk(sender: Sender): Promise<boolean> {
  let moved = false
  while (isCrowded(sender) && !sender.isOver) {
    const segment = newest(sender)
    if (!segment) break
    const isStored = await store(sender, segment)
    sender.queue.push(segment)
    if (!isStored) {
      sender.diskRetryAt = sender.deps.now() + diskPauseMs
      break
    }
    moved = true
    wake(sender)
  }
  return moved
}

/** Takes the segment out that will be sent last. */
function newest(sender: Sender): Segment | undefined {
  const { open, queue } = sender
  if (open?.count) {
    sender.open = undefined
    return open
  }
  const index = queue.findLastIndex(({ data, siblings }) => data && !siblings)
  return index < 0 ? undefined : queue.splice(index, 1)[0]
}

/** Writes events to disk and frees their memory. False when the disk does not take them. */
async function store(sender: Sender, segment: Segment): Promise<boolean> {
  const file = await sender.folder?.write(eventsOf(segment))
  if (file === undefined) return false
  segment.file = file
  free(sender, segment)
  return true
}

function free(sender: Sender, segment: Segment): void {
  sender.queueBytes -= sizeOf(segment)
  sender.spare ??= reusable(segment)
  segment.data = undefined
  segment.dueAt = 0
}

/** Reads what is on disk back into memory. False when there is nothing to send: another process has it, or it expired. */
export async function load(sender: Sender, segment: Segment): Promise<boolean> {
  const { folder, deps } = sender
  const taken = await folder?.take(segment.file ?? '')
  if (!folder || !taken) return false
  segment.file = taken.name
  if (sender.isOver) {
    void folder.giveBack(taken.name)
    return true
  }
  fill(segment, taken.events, sender.room)
  sender.queueBytes += sizeOf(segment)
  if (deps.now() - taken.writtenAt <= maxAgeMs) return true
  for (const text of textsOf(segment)) drop(sender, text, 'expired')
  await folder.remove(taken.name)
  free(sender, segment)
  return false
}

/** Puts back what could not be delivered. A promise where that takes time. */
export function unload(sender: Sender, segment: Segment): Promise<void> | undefined {
  const { queue, folder } = sender
  if (!segment.file || segment.siblings || !folder) {
    queue.unshift(segment)
    return undefined
  }
  free(sender, segment)
  return folder.giveBack(segment.file).then((name) => {
    segment.file = name
    queue.unshift(segment)
  })
}

/** What is settled leaves the disk. */
export function settleFile({ folder }: Sender, segment: Segment): void {
  const { file, siblings } = segment
  if (file === undefined || !folder) return
  siblings?.delete(segment)
  if (!siblings || siblings.size === 0) void folder.remove(file)
  else void folder.replace(file, joinEvents([...siblings]))
}

/** Keeps what is left for the next process, without a folder: drops it. */
export async function keepRest(sender: Sender): Promise<void> {
  const { folder, live } = sender
  const held = new Set<string>()
  for (const segment of live) {
    if (!segment.data || segment.count === 0) continue
    if (segment.file) held.add(segment.file)
    else if (!(await store(sender, segment))) for (const text of textsOf(segment)) drop(sender, text, 'closed')
  }
  for (const file of held) await folder?.giveBack(file)
}
