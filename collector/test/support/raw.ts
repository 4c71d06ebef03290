import { connect } from 'node:net'

export interface RawAnswer {
  /** One per answer on the connection. */
  statuses: number[]
  /** Codes of the JSON bodies, in order. */
  codes: (string | undefined)[]
  text: string
}

/**
 * Writes bytes to a socket and reads until the server closes it, or until `idleMs` pass without an answer. For what no
 * HTTP client would send.
 */
export function exchange(port: number, parts: readonly (string | Uint8Array)[], idleMs = 300): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const finish = (): void => {
      socket.destroy()
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
      const codes = [...text.matchAll(/"success":(true|false)(?:,"code":"(\w+)")?/g)].map(([, , code]) => code)
      resolve({ statuses, codes, text })
    }
    let timer = setTimeout(finish, 10_000)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      clearTimeout(timer)
      timer = setTimeout(finish, idleMs)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      finish()
    })
    for (const part of parts) socket.write(part)
  })
}

/** A request as text, with the given header lines and no others but Host. */
export const rawRequest = (line: string, headers: readonly string[], body = ''): string =>
  `${line}\r\nhost: localhost\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n${body}`
