import { createAnalytics } from '@trailstitch/sdk'
import { pageViews } from '@trailstitch/sdk/plugins'
import { rageClicks } from './rage-clicks.ts'

const { writeKey = '', endpoint = '' } = document.documentElement.dataset

const analytics = createAnalytics({ writeKey, endpoint, plugins: [pageViews(), rageClicks()] })
document.getElementById('buy')?.addEventListener('click', () => analytics.track('Bought'))
