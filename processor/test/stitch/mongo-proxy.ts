import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Document } from 'mongodb'
import { answerTo, type MongoCommand, readCommand, splitMessages } from './mongo-wire.ts'

/** Looks at a command. What it gives is the answer, and the server never sees the command; until it says, nothing passes. */
export type MongoJudge = (command: MongoCommand) => Document | undefined | Promise<Document | undefined>

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
  /** Resolves once the connections are dead. What was under way then may never end. */
  whenCut(): Promise<void>
  /** Lets everything through again. */
  mend(): void
  /** From the change of that number on messages are kept back, until `release`. Resolves when the first one is. */
  holdAt(change: number): Promise<void>
  release(): void
  /** Shows every command from now on to the judge before anything else is done with it. */
  judge(judge: MongoJudge): void
  close(): Promise<void>
}

/**
 * A proxy before the server of an address, and the address that leads through it and nowhere else: of a replica set the
 * driver would go on to the members it is told of. `options` are the driver's.
 */
export async function proxyTo(url: string, options = ''): Promise<{ proxy: MongoProxy; url: string }> {
  const direct = new URL(url)
  const proxy = await createMongoProxy({ host: direct.hostname, port: Number(direct.port || 27017) })
  direct.port = String(proxy.port)
  direct.search = `?directConnection=true&${options}`
  return { proxy, url: direct.href }
}

const changing = /\b(?:insert|update|delete|findAndModify)\b/

async function createMongoProxy(target: { host: string; port: number }): Promise<MongoProxy> {
  const sockets = new Set<Socket>()
  let count = 0
  let cut: { change: number; delivered: boolean } | undefined
  let hold: { change: number; onHeld(): void } | undefined
  let held: (() => void)[] = []
  let isCut = false
  const dead = Promise.withResolvers<void>()
  let judge: MongoJudge | undefined

  /** What becomes of a message: passed on at once, later, or never. */
  const handle = (message: Buffer, pass: () => void): void => {
    if (isCut) return
    if (changing.test(message.toString('latin1', 16, 64))) count++
    if (cut && count >= cut.change) {
      isCut = true
      if (cut.delivered) pass()
      setTimeout(() => dead.resolve(closeAll(sockets)), cut.delivered ? 20 : 0)
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
    splitMessages(client, (message) => {
      const pass = (): void => handle(message, () => void upstream.write(message))
      if (judge) void consult(judge, message, (answer) => void client.write(answer), pass)
      else pass()
    })
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
    whenCut: () => dead.promise,
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
    judge(given) {
      judge = given
    },
    close: () => closeServer(server, sockets),
  }
}

async function closeServer(server: Server, sockets: Iterable<Socket>): Promise<void> {
  closeAll(sockets)
  server.close()
  await once(server, 'close')
}

async function consult(
  judge: MongoJudge,
  message: Buffer,
  reply: (answer: Buffer) => void,
  pass: () => void,
): Promise<void> {
  const command = readCommand(message)
  const answer = command && (await judge(command))
  if (answer) reply(answerTo(message, answer))
  else pass()
}

function closeAll(sockets: Iterable<Socket>): void {
  for (const socket of sockets) socket.destroy()
}
