import type { ComponentType } from 'react'
import type { IconName } from './parts/icons.ts'
import type { TextKey } from './texts/en.ts'

/** A page of the dashboard. To add one: a file under pages/ that exports `Page`, and a line here. */
export interface PageEntry {
  /** `$name` for a part that varies. */
  path: string
  title: TextKey
  load: () => Promise<{ Page: ComponentType }>
  /** Left out: it is reached from other pages and is not in the navigation. */
  icon?: IconName
  /** Range, comparison and filters count on it; their bar is shown. */
  ranged?: boolean
}

/** All pages, in the order of the navigation. The build tells the server these addresses. */
export const pages: readonly PageEntry[] = [
  { path: '/', title: 'nav.overview', icon: 'overview', ranged: true, load: () => import('./pages/overview.tsx') },
  { path: '/live', title: 'nav.live', icon: 'live', load: () => import('./pages/live.tsx') },
  { path: '/people', title: 'nav.people', icon: 'people', load: () => import('./pages/people.tsx') },
  { path: '/people/$profileId', title: 'nav.person', load: () => import('./pages/person.tsx') },
  { path: '/reports', title: 'nav.reports', icon: 'saved', load: () => import('./pages/reports.tsx') },
  { path: '/quality', title: 'nav.quality', icon: 'quality', load: () => import('./pages/quality.tsx') },
  { path: '/start', title: 'nav.start', icon: 'start', load: () => import('./pages/start.tsx') },
]
