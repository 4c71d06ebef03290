import { createTokenSource } from './chart-token.ts'
import { createSite } from './server.ts'

const {
  TRAILSTITCH_URL: dashboard = 'http://127.0.0.1:4800',
  TRAILSTITCH_PROJECT: project = 'default',
  TRAILSTITCH_API_KEY: apiKey = '',
  PORT: port = '3000',
  SITE_ORIGIN: origin = `http://127.0.0.1:${port}`,
} = process.env

const getToken = createTokenSource({ dashboard, project, apiKey, origin })
createSite({ dashboard, getToken }).listen(Number(port), '127.0.0.1', () => console.log(`open ${origin}/`))
