import type { Maker, Person } from '../api/types.ts'
import { t } from '../texts/t.ts'

const shortIdLength = 12

/** An id as far as it takes to recognise it. */
export const shortId = (id: string): string => (id.length > shortIdLength + 2 ? `${id.slice(0, shortIdLength)}…` : id)

/** What a person is called: by name, e-mail address or user id, else by a visitor's id. */
export function personName({
  traits,
  userIds,
  anonymousIds,
}: Pick<Person, 'traits' | 'userIds' | 'anonymousIds'>): string {
  const first = [traits.name, traits.email, userIds[0]].find((each) => typeof each === 'string' && each !== '')
  return typeof first === 'string' ? first : t('people.anonymous', { id: shortId(anonymousIds[0] ?? '') })
}

/** A trait or property as one line of text. */
export const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Who made a report, note or link. */
export const makerName = ({ kind, name }: Maker): string =>
  kind === 'admin-token' ? t('app.operator') : (name ?? kind)
