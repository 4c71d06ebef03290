import { en } from '../../texts/en.ts'
import { createT } from '../../texts/t.ts'

/** Texts of the dashboard, and those of this page. */
export const t = createT({
  ...en,
  'live.title': 'Live',
  'live.active': '{count} people active in the last 5 minutes',
  'live.activeOne': '1 person active in the last 5 minutes',
  'live.perMinute': 'Events per minute, last 30 minutes',
  'live.pause': 'Pause',
  'live.resume': 'Go on ({count} new)',
  'live.filter': 'Filter by name, page or id',
  'live.connecting': 'Connecting …',
  'live.open': 'Connected',
  'live.waiting': 'Connection lost, trying again …',
  'live.refused': 'The stream was refused',
  'live.empty': 'Nothing yet. Events show here within a second of their arrival.',
  'live.noMatch': 'No event matches the filter.',
  'live.event': 'Event',
  'live.page': 'Page',
  'live.where': 'Where',
})
