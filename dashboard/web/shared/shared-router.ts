import { createMemoryHistory, createRootRoute, createRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { NotFound, routeOf, routerOptions } from '../app/router.tsx'
import { pages } from '../pages.ts'
import { lockedSearch } from '../url/reports.ts'
import { validateSearch } from '../url/search.ts'
import type { SharedReport } from './visit.ts'

/** The one page of a report, for a visitor with a link: what was saved of its address cannot be changed. */
export function createSharedRouter({ page, search, range }: SharedReport, frame: () => ReactNode) {
  const root = createRootRoute({ component: frame, validateSearch, notFoundComponent: NotFound })
  return createRouter({
    ...routerOptions,
    routeTree: root.addChildren(pages.filter(({ path }) => path === page).map((each) => routeOf(root, each))),
    history: createMemoryHistory({ initialEntries: [page + search] }),
    parseSearch: (text) => lockedSearch(search, text, range === 'movable'),
  })
}
