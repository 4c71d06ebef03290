import { ApiFailure } from './failure.ts'

export interface StreamMessage {
  id: string
  event: string
  data: string
}

/** `open`: messages come. `waiting`: cut off, and it tries again by itself. `refused`: it does not. */
export type StreamState = 'connecting' | 'open' | 'waiting' | 'refused'

export const firstPauseMs = 1_000
export const maxPauseMs = 30_000

export interface StreamOptions {
  /** Opens the stream, behind the message with this id. Throws `ApiFailure`. */
  connect(lastId: string, signal: AbortSignal): Promise<Response>
  onMessage(message: StreamMessage): void
  onState(state: StreamState): void
  /** Resolves after this time, or at once when the signal ends it. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

/**
 * Server-sent events by fetch, as `EventSource` cannot send a token. Goes on from the last id after a cut, with pauses
 * that double up to 30 s. The function it answers with ends it.
 */
export function followStream(options: StreamOptions): () => void {
  const ending = new AbortController()
  void run(options, ending.signal)
  return () => ending.abort()
}

async function run({ connect, onMessage, onState, pause }: StreamOptions, signal: AbortSignal): Promise<void> {
  let lastId = ''
  onState('connecting')
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
    try {
      const response = await connect(lastId, signal)
      onState('open')
      for await (const message of readMessages(response)) {
        if (signal.aborted) return
        pauseMs = firstPauseMs
        if (message.id) lastId = message.id
        onMessage(message)
      }
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof ApiFailure && [400, 401, 403, 404].includes(error.status)) {
        // A cursor the store no longer knows: begin anew rather than never again.
        if (error.status !== 400 || lastId === '') return onState('refused')
        lastId = ''
      }
    }
    if (signal.aborted) return
    onState('waiting')
    await pause(pauseMs, signal)
  }
}

async function* readMessages(response: Response): AsyncGenerator<StreamMessage> {
  if (!response.body) return
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (rest + part.value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const message = parseMessage(block)
      if (message.data !== '') yield message
    }
  }
}

/** One block of lines. Comments, such as the heartbeat, give a message without data. */
export function parseMessage(block: string): StreamMessage {
  const message = { id: '', event: 'message', data: '' }
  for (const line of block.split('\n')) {
    const at = line.indexOf(':')
    const name = line.slice(0, at)
    if (name === 'id' || name === 'event' || name === 'data') message[name] = line.slice(at + 1).trimStart()
  }
  return message
}

/** The pause of the real world. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
