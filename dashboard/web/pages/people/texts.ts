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
  'people.and': 'and',
  'people.condition': 'Condition {place}',
  'people.frequency': '{name}: how often',
  'people.frequency.at_least': 'at least',
  'people.frequency.exactly': 'exactly',
  'people.frequency.at_most': 'at most',
  'people.frequency.never': 'never',
  'people.timesOf': '{name}: number of times',
  'people.times': 'times',
  'people.time': 'time',
  'people.addCondition': 'Add condition',
  'people.removeCondition': 'Remove condition {place}',
  'people.among': 'Out of everybody who did anything in this range.',
  'people.where': 'Where all of this holds, for what was done and for the person:',
  'people.count': '{count} people',
  'people.countOne': '1 person',
  'people.counted': 'People',
  'people.exact': 'exact count',
  'people.estimate': 'estimated',
  'people.why':
    'Different people for whom all of this holds in the range. A person is counted once, and what they did counts together, over all their devices. Traits are those that a person has by now.',
  'people.noneDid': 'Nobody in this range fits. Choose another event, fewer filters or a longer range.',
  'people.search': 'Find a person',
  'people.searchHint': 'An id, or the start of an e-mail address',
  'people.empty': 'Nobody has been seen yet',
  'people.noMatch': 'Nobody has this id or e-mail address',
})
