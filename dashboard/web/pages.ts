import type { ComponentType } from 'react'
import type { Role } from './api/types.ts'
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
  /** Nothing is compared on it, so the bar does not ask with what. */
  uncompared?: boolean
  /** The navigation shows it to people with this role or above. Default: to all. */
  role?: Role
}

/** All pages, in the order of the navigation. The build tells the server these addresses. */
export const pages: readonly PageEntry[] = [
  { path: '/', title: 'nav.overview', icon: 'overview', ranged: true, load: () => import('./pages/overview.tsx') },
  { path: '/events', title: 'nav.events', icon: 'events', ranged: true, load: () => import('./pages/events.tsx') },
  { path: '/funnels', title: 'nav.funnels', icon: 'funnel', ranged: true, load: () => import('./pages/funnels.tsx') },
  { path: '/live', title: 'nav.live', icon: 'live', load: () => import('./pages/live.tsx') },
  { path: '/people', title: 'nav.people', icon: 'people', load: () => import('./pages/people.tsx') },
  { path: '/people/$profileId', title: 'nav.person', load: () => import('./pages/person.tsx') },
  {
    path: '/retention',
    title: 'nav.retention',
    icon: 'retention',
    ranged: true,
    uncompared: true,
    load: () => import('./pages/retention.tsx'),
  },
  {
    path: '/paths',
    title: 'nav.paths',
    icon: 'paths',
    ranged: true,
    uncompared: true,
    load: () => import('./pages/paths.tsx'),
  },
  { path: '/reports', title: 'nav.reports', icon: 'saved', load: () => import('./pages/reports.tsx') },
  { path: '/quality', title: 'nav.quality', icon: 'quality', load: () => import('./pages/quality.tsx') },
  {
    path: '/settings',
    title: 'nav.settings',
    icon: 'settings',
    role: 'admin',
    load: () => import('./pages/settings.tsx'),
  },
  { path: '/account', title: 'nav.account', load: () => import('./pages/account.tsx') },
  { path: '/start', title: 'nav.start', icon: 'start', load: () => import('./pages/start.tsx') },
]
