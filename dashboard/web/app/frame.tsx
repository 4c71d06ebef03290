import IconButton from '@mui/material/IconButton'
import { Outlet, useLocation } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { pages } from '../pages.ts'
import { Icon } from '../parts/icon.tsx'
import { t } from '../texts/t.ts'
import { FilterBar } from './filter-bar.tsx'
import { Brand, NavLink, Side, useNavigation } from './navigation.tsx'
import { RangeBar } from './range-bar.tsx'
import { ReportBar } from './report-bar.tsx'
import { useProject } from './use-search.ts'
import { useShortcuts } from './use-shortcuts.ts'

const ShortcutHelp = lazy(async () => ({ default: (await import('./shortcut-help.tsx')).ShortcutHelp }))
const DemoStrip = lazy(async () => ({ default: (await import('./demo-strip.tsx')).DemoStrip }))
const PhoneMenu = lazy(async () => ({ default: (await import('./phone-menu.tsx')).PhoneMenu }))

/** As many pages as a phone's bottom bar has room for, beside the menu. */
const bottomPages = 4

/** What stands around every page: navigation, range, filters. */
export function Frame() {
  const { pathname } = useLocation()
  const page = pages.find(({ path }) => matches(path, pathname))
  const [open, setOpen] = useState<'help' | 'menu'>()
  const shown = useNavigation()
  const { isDemo } = useProject()
  const close = () => setOpen(undefined)
  const openHelp = () => setOpen('help')
  useShortcuts({ isRanged: page?.ranged === true, openHelp })
  useTitle(page ? t(page.title) : undefined)
  return (
    <>
      <a className="skip" href="#main">
        {t('app.skip')}
      </a>
      <div className="frame">
        <aside className="side">
          <Side openHelp={openHelp} />
        </aside>
        <header className="phone-bar">
          <Brand />
          <IconButton aria-label={t('app.menu')} onClick={() => setOpen('menu')}>
            <Icon name="menu" />
          </IconButton>
        </header>
        <main className="main" id="main" tabIndex={-1}>
          <div className="content">
            {isDemo && (
              <Suspense fallback={null}>
                <DemoStrip />
              </Suspense>
            )}
            {page?.ranged && <RangeBar canCompare={!page.uncompared} />}
            {page?.ranged && (
              <div className="bar">
                <FilterBar />
                <ReportBar />
              </div>
            )}
            <Outlet />
          </div>
        </main>
        <nav className="bottom-bar" aria-label={t('nav.label')}>
          {shown.slice(0, bottomPages).map((each) => (
            <NavLink key={each.path} page={each} />
          ))}
        </nav>
      </div>
      <Suspense fallback={null}>
        {open === 'help' && <ShortcutHelp onClose={close} />}
        {open === 'menu' && <PhoneMenu onClose={close} openHelp={openHelp} />}
      </Suspense>
    </>
  )
}

const matches = (path: string, pathname: string): boolean =>
  new RegExp(`^${path.replace(/\$\w+/g, '[^/]+')}/?$`).test(pathname)

function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} – Trailstitch` : 'Trailstitch'
  }, [title])
}
