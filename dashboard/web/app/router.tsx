import Button from '@mui/material/Button'
import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { pages } from '../pages.ts'
import { Failed, Loading } from '../parts/query-state.tsx'
import { t } from '../texts/t.ts'
import { parseSearch, validateSearch, writeSearch } from '../url/search.ts'
import { Frame } from './frame.tsx'

function Crashed({ error, reset }: ErrorComponentProps) {
  return <Failed error={error} retry={reset} />
}

function NotFound() {
  return (
    <div className="state">
      {t('app.notFound')}
      <Button href="/">{t('app.toOverview')}</Button>
    </div>
  )
}

/** One route a page, each loaded when it is first gone to. */
export function createAppRouter() {
  const root = createRootRoute({ component: Frame, validateSearch, notFoundComponent: NotFound })
  const children = pages.map(({ path, load }) =>
    createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load, 'Page') }),
  )
  return createRouter({
    routeTree: root.addChildren(children),
    parseSearch,
    stringifySearch: writeSearch,
    defaultPreload: 'intent',
    defaultPendingComponent: Loading,
    defaultErrorComponent: Crashed,
    scrollRestoration: true,
  })
}
