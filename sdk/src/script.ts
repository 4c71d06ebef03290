import { createAnalytics } from './analytics.ts'
import { pageViews } from './plugins/page-views.ts'
import { startFromTag } from './script/start.ts'

export type { PageAnalytics } from './script/start.ts'

/** `<script src="https://t.example.com/sdk/v1.js" data-write-key="…" [data-endpoint="…"]></script>` */
startFromTag((options) => createAnalytics({ ...options, plugins: [pageViews()] }))
