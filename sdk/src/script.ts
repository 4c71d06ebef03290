import { createAnalytics } from './analytics.ts'
import { safely } from './lib/safely.ts'
import { pageViews } from './plugins/page-views.ts'
import type { Analytics } from './types.ts'

declare global {
  interface Window {
    /** Set by the script tag. */
    trailstitch?: Analytics
  }
}

/** `<script src="https://t.example.com/sdk/v1.js" data-write-key="…" [data-endpoint="…"]></script>` */
function startFromTag(): void {
  const tag = document.currentScript ?? document.querySelector('script[data-write-key]')
  if (!(tag instanceof HTMLScriptElement) || window.trailstitch) return
  const { writeKey, endpoint = new URL(tag.src).origin } = tag.dataset
  if (!writeKey) console.warn('trailstitch: the script tag needs data-write-key')
  else window.trailstitch = createAnalytics({ writeKey, endpoint, plugins: [pageViews()] })
}

safely(startFromTag)()
