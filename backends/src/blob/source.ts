/** The input of a stream, watched, so that what it throws can be told from what the backend does. */
export interface Source {
  chunks: AsyncIterable<Uint8Array>
  /** What the input threw, or was stopped with. */
  failure(): { error: unknown } | undefined
  /** Fails the input with `error`, even where it never says anything. */
  stop(error: unknown): void
}

export function watchSource(input: AsyncIterable<Uint8Array>): Source {
  let failure: { error: unknown } | undefined
  let stopped: { error: unknown } | undefined
  let interrupt: (error: unknown) => void = () => undefined

  // No Promise.race with a promise that lives as long as the stream: that one would hold on to every chunk.
  const read = (iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> =>
    new Promise((resolve, reject) => {
      interrupt = (error) => {
        failure = { error }
        reject(error)
      }
      if (stopped) interrupt(stopped.error)
      else iterator.next().then(resolve, interrupt)
    })

  async function* pass(): AsyncGenerator<Uint8Array> {
    const iterator = input[Symbol.asyncIterator]()
    let hasEnded = false
    try {
      for (;;) {
        const next = await read(iterator)
        hasEnded = next.done === true
        if (next.done) return
        yield next.value
      }
    } finally {
      // The input hears that it is no longer read. What it makes of that is of no interest, nor is it waited for.
      if (!hasEnded) void iterator.return?.().catch(() => undefined)
    }
  }
  return {
    chunks: pass(),
    failure: () => failure,
    stop(error) {
      stopped = { error }
      interrupt(error)
    },
  }
}
