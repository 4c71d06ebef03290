import { createNodeAnalytics } from '@trailstitch/sdk/node'
import { createShopServer, type ShopEvents } from './server.ts'

const { TRAILSTITCH_URL = 'http://127.0.0.1:4800', TRAILSTITCH_WRITE_KEY = '', PORT = '3000' } = process.env

const analytics = createNodeAnalytics<ShopEvents>({
  writeKey: TRAILSTITCH_WRITE_KEY,
  endpoint: TRAILSTITCH_URL,
  onDrop: (event, reason) => console.error('event dropped:', reason, event),
})
const server = createShopServer(analytics)
server.listen(Number(PORT), '127.0.0.1', () => console.log(`POST orders to http://127.0.0.1:${PORT}/orders`))

process.once('SIGTERM', async () => {
  server.close()
  await analytics.close() // delivers what waits, for at most ten seconds
  process.exit()
})
