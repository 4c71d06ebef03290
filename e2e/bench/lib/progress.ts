import type { Progress } from './result.ts'

/** One line that is written over, on a terminal; elsewhere nothing. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { show() {}, clear() {} }
  return {
    show: (text) => void stream.write(`\r\u001b[K${text.slice(0, (stream.columns || 80) - 1)}`),
    clear: () => void stream.write('\r\u001b[K'),
  }
}
