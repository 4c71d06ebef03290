import Paper from '@mui/material/Paper'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue } from 'react'
import type { Page as ListPage, Person } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject, useUrlText } from '../../app/use-search.ts'
import { PeopleList } from '../../parts/people-list.tsx'
import { t } from './texts.ts'

const pageSize = 100

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

/** All people, by last activity, and the search for one. */
export function Everybody() {
  const [search, setSearch] = useUrlText('q')
  const deferred = useDeferredValue(search.trim())
  const people = usePeople(deferred)
  return (
    <>
      <input
        type="search"
        className="select search"
        aria-label={t('people.search')}
        placeholder={t('people.searchHint')}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <Paper>
        <PeopleList
          key={deferred}
          label={t('people.title')}
          people={people}
          empty={t(deferred === '' ? 'people.empty' : 'people.noMatch')}
        />
      </Paper>
    </>
  )
}
