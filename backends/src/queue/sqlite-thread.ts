import { parentPort, receiveMessageOnPort, type Transferable, workerData } from 'node:worker_threads'
import { BackendError } from '../errors.ts'
import { toBackendError } from '../sqlite/database.ts'
import type { Reply } from '../sqlite/thread.ts'
import { createConnection } from './sqlite-connection.ts'
import type { Request, ThreadData } from './thread.ts'

/**
 * The thread of one queue handle. It takes whatever has arrived, does all of it in one transaction and answers when
 * that is durable: however many requests wait, they share one fsync.
 */
if (!parentPort) throw new BackendError('backend_failed', 'sqlite-thread is run as a worker thread.')
const port = parentPort
const { path } = workerData as ThreadData
const connection = createConnection(workerData as ThreadData)

port.on('message', (requests: Request[]) => runAll([...requests, ...drain()]))

function drain(): Request[] {
  const requests: Request[] = []
  for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) requests.push(...more.message)
  return requests
}

function runAll(requests: Request[]): void {
  try {
    answer(requests, connection.run(requests, drain))
  } catch (cause) {
    const error = toBackendError(cause, path)
    // Waiting for the lock fails alike for each alone; what fails a statement or fills the disk may be one of many.
    if (requests.length > 1 && (error.code === 'backend_failed' || error.code === 'disk_full'))
      for (const request of requests) runAll([request])
    else reply(requests.map(({ id }) => ({ id, error: { code: error.code, message: error.message } })))
  }
}

function answer(requests: Request[], results: unknown[]): void {
  const bodies: Transferable[] = []
  for (const [index, { call }] of requests.entries()) {
    const result = results[index]
    const messages = call === 'receive' ? result : call === 'list' ? (result as { items: unknown }).items : []
    for (const { body } of messages as { body: Uint8Array<ArrayBuffer> }[]) bodies.push(body.buffer)
  }
  const isLast = requests.some(({ call }) => call === 'close')
  if (isLast) connection.close()
  reply(
    requests.map(({ id }, index) => ({ id, result: results[index] })),
    bodies,
  )
  if (isLast) port.close()
}

function reply(replies: Reply[], transfer: Transferable[] = []): void {
  port.postMessage(replies, transfer)
}
