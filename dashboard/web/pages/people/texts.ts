import { en } from '../../texts/en.ts'
import { createT } from '../../texts/t.ts'

/** Texts of the dashboard, and those of this page. */
export const t = createT({
  ...en,
  'people.title': 'People',
  'people.who': 'Which people',
  'people.who.all': 'Everybody',
  'people.who.did': 'By what they did',
  'people.did': 'People who did',
  'people.didNot': 'and did not do',
  'people.nothing': '– nothing excluded –',
  'people.where': 'Where all of this holds, for what was done and for the person:',
  'people.count': '{count} people',
  'people.countOne': '1 person',
  'people.countMore': 'More than {count} people',
  'people.counted': 'People',
  'people.why':
    'Different people with such an event in the range. Traits are those that a person has by now. A person is counted once, over all their devices.',
  'people.noneDid': 'Nobody in this range fits. Choose another event, fewer filters or a longer range.',
  'people.search': 'Find a person',
  'people.searchHint': 'An id, or the start of an e-mail address',
  'people.empty': 'Nobody has been seen yet',
  'people.noMatch': 'Nobody has this id or e-mail address',
})
