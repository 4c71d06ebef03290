// Starts what the example needs, as far as npm has it, and says what else it takes: node examples/local-cloud/servers.ts
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { parseArgs } from 'node:util'
import { startEmulator } from './emulator.ts'

const others = [
  { name: 'MongoDB', port: 27017, command: 'mkdir -p /tmp/mongo && mongod --dbpath /tmp/mongo --bind_ip 127.0.0.1' },
  { name: 'Redis', port: 6379, command: "redis-server --bind 127.0.0.1 --save '' --maxmemory-policy noeviction" },
]

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: process.env.EMULATOR_PORT || '4566' },
  },
})
const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
const emulator = await startEmulator({ host: values.host, port: Number(values.port) })
console.log('SQS and S3 are in memory: a stop forgets them.')
for (const { name, port, command } of others) {
  const state = (await isListening(port)) ? 'is there' : `is not there yet. Start it: ${command}`
  console.log(`${name} on 127.0.0.1:${port} ${state}`)
}
console.log(`ready ${emulator.url}`)
await stopped
await emulator.close()
