import { connect, type Socket } from 'node:net'

/**
 * A kept connection that sends requests as they are and reads no more of an answer than it must. A full HTTP client costs
 * about as much CPU as the server it asks, and would be what is measured.
 */
export interface Connection {
  /** Resolves with the status of the answer. One request at a time. */
  send(request: Buffer): Promise<number>
  close(): void
}

interface Waiting {
  resolve(status: number): void
  reject(error: Error): void
}

/** Connects to a port of this machine, and to nothing else. */
export function openConnection(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(createConnection(socket))
    })
  })
}

function createConnection(socket: Socket): Connection {
  let received = ''
  let waiting: Waiting | undefined
  const fail = (error: Error): void => {
    waiting?.reject(error)
    waiting = undefined
  }
  socket.setEncoding('latin1') // a character a byte, so lengths are right
  socket.on('data', (text: string) => {
    received += text
    const status = readAnswer(received)
    if (status === undefined) return
    received = ''
    const { resolve } = waiting ?? { resolve() {} }
    waiting = undefined
    resolve(status)
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  return {
    send(request) {
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(request)
      })
    },
    close: () => socket.destroy(),
  }
}

/** The status once the whole answer is there. Answers without a length are not among those that are asked for. */
function readAnswer(received: string): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, headEnd + 2))
  if (!length) throw new Error(`an answer without a length: ${received.slice(0, headEnd)}`)
  if (received.length < headEnd + 4 + Number(length[1])) return undefined
  return Number(received.slice(9, 12))
}
