import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { PersonDetail } from '../api/types.ts'
import { useApp } from '../app/context.ts'
import { useProject } from '../app/use-search.ts'
import { personName } from '../parts/people.ts'
import { QueryState } from '../parts/query-state.tsx'
import { formatTime } from '../texts/format.ts'
import { validateSearch } from '../url/search.ts'
import { Erase, useCanErase } from './person/erase.tsx'
import { Touches } from './person/facts.tsx'
import { Identity } from './person/identity.tsx'
import { Journey } from './person/journey.tsx'
import { t } from './person/texts.ts'
import { Traits } from './person/traits.tsx'

const keepShared = ((search: Record<string, unknown>) => validateSearch(search)) as never

/** One person: the journey over all devices, and what is known. */
export function Page() {
  const { api } = useApp()
  const project = useProject().id
  const { profileId = '' } = useParams({ strict: false }) as { profileId?: string }
  const person = useQuery({
    queryKey: ['person', project, profileId],
    queryFn: ({ signal }) => api.get<PersonDetail>(`/people/${encodeURIComponent(profileId)}`, { project }, signal),
  })
  const canErase = useCanErase()
  return (
    <>
      <Link to="/people" search={keepShared}>
        {t('person.back')}
      </Link>
      <QueryState query={person}>
        {(data) => (
          <div className="content">
            <div className="page-head">
              <Typography variant="h1">{personName(data)}</Typography>
              <span className="quiet">
                {t('people.firstSeen')} {formatTime(data.firstSeen, 'date')} · {t('people.lastSeen')}{' '}
                {formatTime(data.lastSeen, 'moment')}
              </span>
            </div>
            <div className="two-columns">
              <Journey profileId={profileId} />
              <div className="content">
                <Paper className="panel" component="section">
                  <Traits person={data} />
                </Paper>
                <Paper className="panel" component="section">
                  <Identity person={data} refetch={person.refetch} />
                </Paper>
                <Paper className="panel" component="section">
                  <Touches person={data} />
                </Paper>
                {canErase && (
                  <Paper className="panel" component="section">
                    <Erase person={data} />
                  </Paper>
                )}
              </div>
            </div>
          </div>
        )}
      </QueryState>
    </>
  )
}
