import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useDeferredValue } from 'react'
import type { Page as ListPage, Person } from '../api/types.ts'
import { useApp } from '../app/context.ts'
import { useProject, useUrlText } from '../app/use-search.ts'
import { personName } from '../parts/people.ts'
import { QueryState } from '../parts/query-state.tsx'
import { VirtualList } from '../parts/virtual-list.tsx'
import { formatAgo, formatTime } from '../texts/format.ts'
import { t } from '../texts/t.ts'
import { validateSearch } from '../url/search.ts'

const pageSize = 100
const rowHeight = 46

function usePeople(search: string) {
  const { api } = useApp()
  const project = useProject().id
  return useInfiniteQuery({
    queryKey: ['people', project, search],
    queryFn: ({ pageParam, signal }) =>
      api.get<ListPage<Person>>(
        '/people',
        { project, limit: pageSize, cursor: pageParam, search: search || undefined },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })
}

/** Everybody, by last activity, and the search for one. */
export function Page() {
  const [search, setSearch] = useUrlText('q')
  const deferred = useDeferredValue(search.trim())
  const people = usePeople(deferred)
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('people.title')}</Typography>
        <input
          type="search"
          className="select search"
          aria-label={t('people.search')}
          placeholder={t('people.searchHint')}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <Paper>
        <QueryState
          query={people}
          isEmpty={({ pages }) => pages[0]?.items.length === 0}
          empty={t(deferred === '' ? 'people.empty' : 'people.noMatch')}
        >
          {({ pages }) => (
            <>
              <div className="list-row list-head people-row" aria-hidden="true">
                <span>{t('people.name')}</span>
                <span className="wide">{t('people.ids')}</span>
                <span className="wide">{t('people.firstSeen')}</span>
                <span>{t('people.lastSeen')}</span>
              </div>
              <VirtualList
                label={t('people.title')}
                items={pages.flatMap(({ items }) => items)}
                keyOf={({ profileId }) => profileId}
                rowHeight={rowHeight}
                hasMore={people.hasNextPage}
                loadMore={people.fetchNextPage}
                render={(person) => <PersonRow person={person} />}
              />
            </>
          )}
        </QueryState>
      </Paper>
    </>
  )
}

const keepShared = ((search: Record<string, unknown>) => validateSearch(search)) as never

function PersonRow({ person }: { person: Person }) {
  const name = personName(person)
  const { email } = person.traits
  const devices = person.anonymousIds.length
  return (
    <Link
      to="/people/$profileId"
      params={{ profileId: person.profileId } as never}
      search={keepShared}
      className="list-row people-row"
      style={{ height: rowHeight }}
    >
      <span>
        <strong>{name}</strong>
        {typeof email === 'string' && email !== name && <span className="quiet"> {email}</span>}
      </span>
      <span className="quiet wide">
        {[...person.userIds, devices === 1 ? t('people.device') : t('people.devices', { count: devices })].join(', ')}
      </span>
      <span className="quiet wide">{formatTime(person.firstSeen, 'date')}</span>
      <span className="quiet">{formatAgo(Date.parse(person.lastSeen), Date.now())}</span>
    </Link>
  )
}
