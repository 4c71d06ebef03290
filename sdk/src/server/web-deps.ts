import type { SenderDeps } from './state.ts'

/** What a client needs of its platform, by what all of them have in common with browsers. */
export const webDeps: SenderDeps = Object.freeze({
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer: (run: () => void, ms: number) => setTimeout(run, ms),
  clearTimer: (timer: unknown) => clearTimeout(timer as ReturnType<typeof setTimeout> | undefined),
  fetch: (url: string, init: RequestInit) => fetch(url, init),
  gzip(data: Uint8Array<ArrayBuffer>) {
    if (typeof CompressionStream === 'undefined') return undefined
    const packed = new Response(new Blob([data]).stream().pipeThrough(new CompressionStream('gzip')))
    return packed.arrayBuffer().then((bytes) => new Uint8Array(bytes))
  },
})
