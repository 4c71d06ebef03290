import { limits } from '@trailstitch/protocol'
import { formatBytes, formatCount, type Progress } from '../output.ts'
import type { Batches } from './batches.ts'
import { cutLongValues, type ImportedLine, type LineReader } from './format.ts'
import type { LineSource } from './lines.ts'
import type { Tally } from './tally.ts'

export interface ReadOptions {
  source: LineSource
  read: LineReader
  tally: Tally
  batches: Batches
  progress: Progress
  stop: AbortSignal
}

export interface LineCounts {
  lines: number
  unparsable: number
  /** Numbers of the first of them, from 1. */
  unparsableLines: number[]
  /** The stop came before the end of the file. */
  interrupted: boolean
}

const maxListed = 100

/** Reads a file to its end: every line that can be parsed goes to the tally and into a batch. */
export async function readFileInto({ source, read, tally, batches, progress, stop }: ReadOptions): Promise<LineCounts> {
  const counts: LineCounts = { lines: 0, unparsable: 0, unparsableLines: [], interrupted: false }
  try {
    for await (const line of source.lines) {
      if (stop.aborted) {
        counts.interrupted = true
        break
      }
      counts.lines++
      const imported = read(line)
      if (imported) {
        tally.add(imported)
        await batches.add(fitting(imported))
      } else {
        counts.unparsable++
        if (counts.unparsableLines.length < maxListed) counts.unparsableLines.push(line.number)
      }
      if (counts.lines % 256 === 0) {
        const readBytes = source.readBytes()
        const note = `${formatCount(counts.lines)} lines, ${formatBytes(readBytes)}`
        progress.update(readBytes, source.totalBytes, note)
      }
    }
  } finally {
    // What was read is kept, also when the file breaks off: the next import goes over it without counting it again.
    await batches.end()
    progress.end()
  }
  return counts
}

/** Log lines can be longer than an event may be; a shorter one is worth more than none. */
function fitting({ event }: ImportedLine): object {
  const text = JSON.stringify(event)
  if (text.length * 3 <= limits.maxEventBytes || Buffer.byteLength(text) <= limits.maxEventBytes) return event
  return cutLongValues(event) as object
}
