import Tab from '@mui/material/Tab'
import Tabs from '@mui/material/Tabs'
import Typography from '@mui/material/Typography'
import { type ComponentType, lazy, Suspense } from 'react'
import { useIsAtLeast, useProject, useUrlText } from '../app/use-search.ts'
import { Forbidden, Loading } from '../parts/query-state.tsx'
import { t } from '../texts/settings.ts'
import { ApiKeysTab } from './settings/api-keys.tsx'
import { AuditTab } from './settings/audit.tsx'
import { ExportTab } from './settings/export.tsx'
import { MembersTab } from './settings/members.tsx'
import { ProjectTab } from './settings/project.tsx'
import { TrafficTab } from './settings/traffic.tsx'
import { WriteKeysTab } from './settings/write-keys.tsx'

/** It brings along how the questions of other pages are read. */
const EmbedsTab = lazy(async () => ({ default: (await import('./settings/embeds.tsx')).EmbedsTab }))

const tabs = ['project', 'write-keys', 'members', 'api-keys', 'embed', 'traffic', 'export', 'audit'] as const
type TabName = (typeof tabs)[number]

const bodies: Record<TabName, ComponentType> = {
  project: ProjectTab,
  'write-keys': WriteKeysTab,
  members: MembersTab,
  'api-keys': ApiKeysTab,
  embed: EmbedsTab,
  traffic: TrafficTab,
  export: ExportTab,
  audit: AuditTab,
}

/** What admins set of a project. */
export function Page() {
  const isAdmin = useIsAtLeast('admin')
  const project = useProject()
  const [chosen, setTab] = useUrlText('tab', tabs[0])
  const tab = tabs.find((each) => each === chosen) ?? tabs[0]
  const Body = bodies[tab]
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('settings.title', { project: project.name })}</Typography>
      </div>
      {isAdmin ? (
        <>
          <Tabs
            value={tab}
            onChange={(_event, next: TabName) => setTab(next)}
            variant="scrollable"
            scrollButtons={false}
            aria-label={t('settings.tabs')}
            className="tabs"
          >
            {tabs.map((each) => (
              <Tab
                key={each}
                value={each}
                id={`tab-${each}`}
                label={t(`settings.tab.${each}`)}
                {...(each === tab && { 'aria-controls': 'tab-panel' })}
              />
            ))}
          </Tabs>
          {/* Another project has other forms. */}
          <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`} className="stack" key={project.id}>
            <Suspense fallback={<Loading />}>
              <Body />
            </Suspense>
          </div>
        </>
      ) : (
        <Forbidden />
      )}
    </>
  )
}
