import { en } from './en.ts'
import { createT } from './t.ts'

/** Texts of the dashboard, and those of the list of keys, which come with it. */
export const t = createT({
  ...en,
  'help.title': 'Keyboard shortcuts',
  'help.day': 'one day',
  'help.week': '7 days',
  'help.month': '30 days',
  'help.year': '12 months',
  'help.arrows': 'earlier and later',
  'help.compare': 'comparison on or off',
  'help.search': 'find people',
  'help.help': 'this list',
  'help.escape': 'clear all filters',
})
