import IconButton from '@mui/material/IconButton'
import { useColorScheme } from '@mui/material/styles'
import { Link } from '@tanstack/react-router'
import { isAtLeast } from '../api/types.ts'
import { type PageEntry, pages } from '../pages.ts'
import { Icon } from '../parts/icon.tsx'
import { t } from '../texts/t.ts'
import { validateSearch } from '../url/search.ts'
import { useApp } from './context.ts'
import { useProject, useSetSearch } from './use-search.ts'

const navigation = pages.filter(({ icon }) => icon)

/** The pages that the person may see in this project. */
export function useNavigation(): readonly PageEntry[] {
  const { role } = useProject()
  return navigation.filter((page) => page.role === undefined || isAtLeast(role, page.role))
}

/** Range, project and filters stay when the page changes; what belongs to one page does not. */
const keepShared = ((search: Record<string, unknown>) => validateSearch(search)) as never

export function Brand() {
  return (
    <Link to="/" search={keepShared} className="brand">
      <img src={new URL('../icon.svg', import.meta.url).href} alt="" width="22" height="22" />
      Trailstitch
    </Link>
  )
}

/** A link of the navigation, marked when it is the page that shows. */
export function NavLink({ page, onClick }: { page: PageEntry; onClick?: () => void }) {
  return (
    <Link
      to={page.path}
      search={keepShared}
      className="nav-link"
      activeOptions={{ exact: page.path === '/', includeSearch: false }}
      {...(onClick && { onClick })}
    >
      {page.icon && <Icon name={page.icon} />}
      {t(page.title)}
    </Link>
  )
}

/** Project, pages, account: the side of the frame and a phone's menu. */
export function Side({ openHelp, onLeave }: { openHelp: () => void; onLeave?: () => void }) {
  const shown = useNavigation()
  return (
    <>
      <Brand />
      <ProjectSelect />
      <nav aria-label={t('nav.label')}>
        {shown.map((page) => (
          <NavLink key={page.path} page={page} {...(onLeave && { onClick: onLeave })} />
        ))}
      </nav>
      <div className="side-foot">
        <Account {...(onLeave && { onLeave })} />
        <div className="side-foot-row">
          <ThemeButton />
          <IconButton
            size="small"
            aria-label={t('app.shortcuts')}
            title={`${t('app.shortcuts')} (?)`}
            onClick={openHelp}
          >
            <Icon name="help" />
          </IconButton>
          <SignOut />
        </div>
      </div>
    </>
  )
}

function ProjectSelect() {
  const { projects } = useApp()
  const { id } = useProject()
  const setSearch = useSetSearch()
  if (projects.length < 2) return null
  return (
    <select
      className="select"
      aria-label={t('app.project')}
      value={id}
      onChange={(event) => setSearch({ project: event.target.value, f: undefined })}
    >
      {projects.map((project) => (
        <option key={project.id} value={project.id}>
          {project.name}
        </option>
      ))}
    </select>
  )
}

function Account({ onLeave }: { onLeave?: () => void }) {
  const identity = useApp().session.identity()
  const name = identity?.kind === 'account' ? identity.user.name || identity.user.email : t('app.operator')
  return (
    <Link
      to="/account"
      search={keepShared}
      className="nav-link"
      title={t('app.account')}
      {...(onLeave && { onClick: onLeave })}
    >
      <Icon name="user" />
      <span className="who">{name}</span>
    </Link>
  )
}

const nextModes = { system: 'light', light: 'dark', dark: 'system' } as const

function ThemeButton() {
  const { mode = 'system', setMode } = useColorScheme()
  const label = t('app.theme', { mode: t(`theme.${mode}`) })
  return (
    <IconButton size="small" aria-label={label} title={label} onClick={() => setMode(nextModes[mode])}>
      <Icon name={mode} />
    </IconButton>
  )
}

function SignOut() {
  const { session } = useApp()
  return (
    <button type="button" className="text-button" onClick={() => void session.signOut()}>
      {t('app.signOut')}
    </button>
  )
}
