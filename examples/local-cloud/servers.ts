// Starts what the example needs, as far as npm has it, and says what else it takes: node examples/local-cloud/servers.ts
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { startEmulator } from './emulator.ts'

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: process.env.EMULATOR_PORT || '4566' },
  },
})
const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
const emulator = await startEmulator({ host: values.host, port: Number(values.port) })
console.log(
  'SQS and S3 are in memory: a stop forgets them. It also takes MongoDB and Redis, where they do not run yet:',
)
console.log('  mkdir -p /tmp/mongo && mongod --dbpath /tmp/mongo --bind_ip 127.0.0.1')
console.log("  redis-server --bind 127.0.0.1 --save '' --maxmemory-policy noeviction")
console.log(`ready ${emulator.url}`)
await stopped
await emulator.close()
