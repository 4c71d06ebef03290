/** A failed answer: its HTTP status (0 when there was none) and the coded text. */
class ApiFailure extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** Asks the API with the token of the moment, for one project. `onForbidden` is called when it is refused. */
export function createApi(currentToken, project, onForbidden) {
  const send = async (path, params, options = {}) => {
    const url = new URL(`/api/v1${path}`, location.origin)
    for (const [name, value] of Object.entries({ project, ...params }))
      if (value !== undefined && value !== null && value !== '') url.searchParams.set(name, value)
    const headers = { ...options.headers, authorization: `Bearer ${await currentToken()}` }
    const response = await fetch(url, { ...options, headers }).catch((error) => {
      throw new ApiFailure(0, `The server cannot be reached (${error.message}).`)
    })
    if (response.ok) return response
    const { message } = await response.json().catch(() => ({ message: `The server answered ${response.status}.` }))
    if (response.status === 401 || response.status === 403) onForbidden()
    throw new ApiFailure(response.status, message)
  }
  return {
    project,
    get: async (path, params) => (await send(path, params)).json(),
    stream: (path, handlers) => stream(send, path, handlers),
  }
}

/**
 * Server-sent events read with fetch, since EventSource cannot send a token. Connects again for ever, from the last id.
 * Handlers: onMessage(event, data), onState('open' | 'waiting', error?).
 */
async function stream(send, path, { onMessage, onState }) {
  let lastId = ''
  for (let pauseMs = 1000; ; pauseMs = Math.min(pauseMs * 2, 30_000)) {
    let failure
    try {
      const response = await send(path, {}, { headers: lastId ? { 'last-event-id': lastId } : {} })
      onState('open')
      for await (const { id, event, data } of messagesOf(response.body)) {
        pauseMs = 1000
        if (id) lastId = id
        onMessage(event, JSON.parse(data))
      }
    } catch (error) {
      if (error.status === 401 || error.status === 403) return
      failure = error
    }
    onState('waiting', failure)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

async function* messagesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop()
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)))
      if (fields.data) yield fields
    }
  }
}
