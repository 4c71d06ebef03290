import { Link } from '@tanstack/react-router'
import type { Person } from '../api/types.ts'
import { formatAgo, formatTime } from '../texts/format.ts'
import { t } from '../texts/t.ts'
import { validateSearch } from '../url/search.ts'
import { personName } from './people.ts'

export const personRowHeight = 46

/** A person of a list. Times are ISO 8601, or ms since 1970 where a question was answered. */
export interface ListedPerson extends Pick<Person, 'profileId' | 'userIds' | 'anonymousIds' | 'traits'> {
  firstSeen: string | number
  lastSeen: string | number
}

const keepShared = ((search: Record<string, unknown>) => validateSearch(search)) as never

/** The names of the columns of `PersonRow`. */
export function PersonHead() {
  return (
    <div className="list-row list-head people-row" aria-hidden="true">
      <span>{t('people.name')}</span>
      <span className="wide">{t('people.ids')}</span>
      <span className="wide">{t('people.firstSeen')}</span>
      <span>{t('people.lastSeen')}</span>
    </div>
  )
}

/** One person of a list, as the way to their page. */
export function PersonRow({ person }: { person: ListedPerson }) {
  const name = personName(person)
  const { email } = person.traits
  const devices = person.anonymousIds.length
  return (
    <Link
      to="/people/$profileId"
      params={{ profileId: person.profileId } as never}
      search={keepShared}
      className="list-row people-row"
      style={{ height: personRowHeight }}
    >
      <span>
        <strong>{name}</strong>
        {typeof email === 'string' && email !== name && <span className="quiet"> {email}</span>}
      </span>
      <span className="quiet wide">
        {[...person.userIds, devices === 1 ? t('people.device') : t('people.devices', { count: devices })].join(', ')}
      </span>
      <span className="quiet wide">{formatTime(person.firstSeen, 'date')}</span>
      <span className="quiet">{formatAgo(new Date(person.lastSeen).getTime(), Date.now())}</span>
    </Link>
  )
}
