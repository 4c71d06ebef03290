/// <reference types="vite/client" />
import { createAnalytics } from '@trailstitch/sdk'
import { errors, outbound } from '@trailstitch/sdk/plugins'

/** What the app tells: another name or shape does not compile. */
export interface Events {
  'Tent Chosen': { tent: string; price: number }
}

/** One client for the whole app. Page views come from `usePage`, so the plugin `pageViews` is not here. */
export const analytics = createAnalytics<Events>({
  writeKey: import.meta.env.VITE_WRITE_KEY ?? 'YOUR_WRITE_KEY',
  endpoint: import.meta.env.VITE_ENDPOINT ?? 'http://127.0.0.1:4800',
  plugins: [outbound(), errors()],
})
