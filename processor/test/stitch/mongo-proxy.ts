import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * Stands between a worker and its MongoDB and counts the messages that change something, so that a worker can be killed
 * or put to sleep at each of them. Messages of the wire protocol begin with their length.
 */
export interface MongoProxy {
  port: number
  /** Changes so far. */
  changes(): number
  /** The connection dies with the change of that number; `delivered`: the server still gets it. From then on nothing goes through. */
  cutAt(change: number, delivered: boolean): void
  isCut(): boolean
  /** Lets everything through again. */
  mend(): void
  /** From the change of that number on messages are kept back, until `release`. Resolves when the first one is. */
  holdAt(change: number): Promise<void>
  release(): void
  close(): Promise<void>
}

const changing = /\b(?:insert|update|delete|findAndModify)\b/

export async function createMongoProxy(target: { host: string; port: number }): Promise<MongoProxy> {
  const sockets = new Set<Socket>()
  let count = 0
  let cut: { change: number; delivered: boolean } | undefined
  let hold: { change: number; onHeld(): void } | undefined
  let held: (() => void)[] = []
  let isCut = false

  /** What becomes of a message: passed on at once, later, or never. */
  const judge = (message: Buffer, pass: () => void): void => {
    if (isCut) return
    if (changing.test(message.toString('latin1', 16, 64))) count++
    if (cut && count >= cut.change) {
      isCut = true
      if (cut.delivered) pass()
      setTimeout(() => closeAll(sockets), cut.delivered ? 20 : 0)
    } else if (hold && count >= hold.change) {
      held.push(pass)
      hold.onHeld()
    } else pass()
  }

  const server = createServer((client) => {
    if (isCut) return void client.destroy()
    const upstream = connect(target)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => closeAll([client, upstream]))
    }
    upstream.pipe(client)
    splitMessages(client, (message) => judge(message, () => void upstream.write(message)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    changes: () => count,
    cutAt(change, delivered) {
      cut = { change, delivered }
    },
    isCut: () => isCut,
    mend() {
      cut = undefined
      isCut = false
    },
    holdAt: (change) =>
      new Promise((resolve) => {
        hold = { change, onHeld: resolve }
      }),
    release() {
      hold = undefined
      for (const pass of held) pass()
      held = []
    },
    async close() {
      closeAll(sockets)
      server.close()
      await once(server, 'close')
    },
  }
}

function closeAll(sockets: Iterable<Socket>): void {
  for (const socket of sockets) socket.destroy()
}

function splitMessages(socket: Socket, onMessage: (message: Buffer) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0)
      onMessage(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
  })
}
