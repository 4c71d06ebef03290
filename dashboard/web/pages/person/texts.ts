import { en } from '../../texts/en.ts'
import { createT } from '../../texts/t.ts'

/** Texts of the dashboard, and those of this page. */
export const t = createT({
  ...en,
  'person.back': 'All people',
  'person.traits': 'Traits',
  'person.noTraits': 'No traits are known.',
  'person.identity': 'Who this is',
  'person.identityWhy': 'Why these belong together',
  'person.userIds': 'Users',
  'person.anonymousIds': 'Devices and browsers',
  'person.link.visitor': 'Device {from} signed in as {to}',
  'person.link.alias': '{from} became {to}',
  'person.undone': 'undone',
  'person.evidence': 'said by event {id}',
  'person.firstTouch': 'First came from',
  'person.lastTouch': 'Last came from',
  'person.noTouch': 'not known',
  'person.journey': 'Journey',
  'person.newest': 'Newest first',
  'person.oldest': 'Oldest first',
  'person.order': 'Order',
  'person.noSession': 'Outside of visits',
  'person.session': 'Visit',
  'person.end': 'The whole journey is shown: {count} events.',
  'person.details': 'Details of {name}',
  'person.capped': 'Only the first ids are shown; all of them count.',
})
