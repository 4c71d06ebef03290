import type { InfiniteData } from '@tanstack/react-query'
import type { Page } from '../api/types.ts'
import { type ListedPerson, PersonHead, PersonRow, personRowHeight } from './person-row.tsx'
import { type QueryStanding, QueryState } from './query-state.tsx'
import { VirtualList } from './virtual-list.tsx'

interface PeopleListProps {
  label: string
  people: QueryStanding<InfiniteData<Page<ListedPerson>>> & { hasNextPage: boolean; fetchNextPage: () => unknown }
  /** Said when there is nobody. */
  empty: string
}

/** People page by page, each a way to their journey. */
export function PeopleList({ label, people, empty }: PeopleListProps) {
  return (
    <QueryState query={people} isEmpty={({ pages }) => pages[0]?.items.length === 0} empty={empty}>
      {({ pages }) => (
        <>
          <PersonHead />
          <VirtualList
            label={label}
            items={pages.flatMap(({ items }) => items)}
            keyOf={({ profileId }) => profileId}
            rowHeight={personRowHeight}
            hasMore={people.hasNextPage}
            loadMore={people.fetchNextPage}
            render={(person) => <PersonRow person={person} />}
          />
        </>
      )}
    </QueryState>
  )
}
