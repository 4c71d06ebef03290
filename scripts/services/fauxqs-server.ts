// fauxqs on a free port of 127.0.0.1, which it prints. Its own command listens on all addresses.
import { buildApp } from 'fauxqs'

const app = buildApp({ logger: false })
const address = await app.listen({ host: '127.0.0.1', port: 0 })
console.log(new URL(address).port)
