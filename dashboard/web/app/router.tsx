import Button from '@mui/material/Button'
import {
  type AnyRootRoute,
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { type PageEntry, pages } from '../pages.ts'
import { Failed, Loading } from '../parts/query-state.tsx'
import { t } from '../texts/t.ts'
import { parseSearch, validateSearch, writeSearch } from '../url/search.ts'
import { Frame } from './frame.tsx'

function Crashed({ error, reset }: ErrorComponentProps) {
  return <Failed error={error} retry={reset} />
}

/** What an address without a page shows. */
export function NotFound() {
  return (
    <div className="state">
      {t('app.notFound')}
      <Button href="/">{t('app.toOverview')}</Button>
    </div>
  )
}

/** What the page at a path is called; the path itself where there is none. */
export const titleOf = (path: string): string => {
  const page = pages.find((each) => each.path === path)
  return page ? t(page.title) : path
}

/** What all routers here have. */
export const routerOptions = {
  stringifySearch: writeSearch,
  defaultPreload: 'intent',
  defaultPendingComponent: Loading,
  defaultErrorComponent: Crashed,
  scrollRestoration: true,
} as const

/** Its file is loaded when it is first gone to. */
export const routeOf = (root: AnyRootRoute, { path, load }: PageEntry) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load, 'Page') })

/** One route a page, each loaded when it is first gone to. */
export function createAppRouter() {
  const root = createRootRoute({ component: Frame, validateSearch, notFoundComponent: NotFound })
  return createRouter({
    ...routerOptions,
    routeTree: root.addChildren(pages.map((page) => routeOf(root, page))),
    parseSearch,
  })
}
