import type { Writable } from 'node:stream'

/** Turns text into coloured text, or leaves it as it is. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
}

/** Colours for a terminal; plain text where the output goes into a pipe or a file. */
export function createStyle(coloured: boolean): Style {
  const wrap =
    (on: number, off: number) =>
    (text: string): string =>
      coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text
  return { bold: wrap(1, 22), dim: wrap(2, 22), red: wrap(31, 39), green: wrap(32, 39), yellow: wrap(33, 39) }
}

/** Aligns the first column: names left, what is said of them right. */
export function formatColumns(rows: readonly (readonly [string, string])[], indent = '  '): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `${indent}${name.padEnd(width)}  ${text}`.trimEnd()).join('\n')
}

export const formatCount = (count: number): string => count.toLocaleString('en-US')

export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

export interface Progress {
  /** `total` undefined: unknown, as for a pipe. Both in the same unit. */
  update(done: number, total: number | undefined, note: string): void
  /** Takes the bar away. */
  end(): void
}

const barWidth = 24
const redrawMs = 100

/** A progress bar on a terminal; nothing at all elsewhere. */
export function createProgress(out: Writable, interactive: boolean, now: () => number): Progress {
  if (!interactive) return { update() {}, end() {} }
  let drawnAt = Number.NEGATIVE_INFINITY
  return {
    update(done, total, note) {
      if (now() - drawnAt < redrawMs) return
      drawnAt = now()
      const share = total ? Math.min(1, done / total) : undefined
      const filled = Math.round((share ?? 0) * barWidth)
      const bar = share === undefined ? '' : `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} `
      const percent = share === undefined ? '' : `${Math.floor(share * 100)} % `
      out.write(`\r\u001b[2K${bar}${percent}${note}`)
    },
    end() {
      out.write('\r\u001b[2K')
    },
  }
}
