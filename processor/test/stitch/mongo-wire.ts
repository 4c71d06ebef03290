import type { Socket } from 'node:net'
import { BSON, type Document } from 'mongodb'

/** The messages of MongoDB's wire protocol: OP_MSG, each beginning with its length. */

const opMsg = 2013
const headerBytes = 16
/** Behind the header: four bytes of flags, and the kind of the first section. */
const bodyAt = headerBytes + 5

/** Calls `onMessage` with each whole message that arrives. */
export function splitMessages(socket: Socket, onMessage: (message: Buffer) => void): void {
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

/** A command: its name is its first field, with the collection for a value. */
export interface MongoCommand {
  name: string
  collection: string
  body: Document
}

/** The command in a message, what is sent beside its body (`documents`, `updates`, `deletes`) included; undefined for others. */
export function readCommand(message: Buffer): MongoCommand | undefined {
  if (message.readInt32LE(12) !== opMsg) return undefined
  const body = BSON.deserialize(message.subarray(bodyAt, bodyAt + message.readInt32LE(bodyAt)))
  for (let at = bodyAt + message.readInt32LE(bodyAt); at < message.length; ) {
    const end = at + 1 + message.readInt32LE(at + 1)
    const nameEnd = message.indexOf(0, at + 5)
    const docs: Document[] = []
    for (let next = nameEnd + 1; next < end; next += message.readInt32LE(next))
      docs.push(BSON.deserialize(message.subarray(next, next + message.readInt32LE(next))))
    body[message.toString('utf8', at + 5, nameEnd)] = docs
    at = end
  }
  const [name = '', collection] = Object.entries(body)[0] ?? []
  return { name, collection: String(collection), body }
}

/** A message that answers another one. */
export function answerTo(message: Buffer, answer: Document): Buffer {
  const body = BSON.serialize(answer)
  const head = Buffer.alloc(bodyAt)
  head.writeInt32LE(bodyAt + body.length, 0)
  head.writeInt32LE(message.readInt32LE(4), 8)
  head.writeInt32LE(opMsg, 12)
  return Buffer.concat([head, body])
}
