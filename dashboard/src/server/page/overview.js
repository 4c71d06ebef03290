import { hourChart } from './chart.js'
import { duration, el, figures, load, number, panel, percent, table, time } from './dom.js'

const names = {
  page: 'Pages',
  entry: 'Entry pages',
  event: 'Events',
  channel: 'Channels',
  referrer: 'Referrers',
  campaign: 'Campaigns',
  country: 'Countries',
  device: 'Devices',
  browser: 'Browsers',
  os: 'Systems',
}

export function overviewPanel(api) {
  const { root, body } = panel('overview', 'Last 24 hours')
  void load(body, () => api.get('/overview'), render, 'Nothing was received in the last 24 hours.')
  return root
}

function render(answer) {
  const { totals, meta } = answer
  if (totals.events === 0 && answer.botEvents === 0) return null
  const facts = [
    ['People', `${meta.exact ? '' : '≈ '}${number(totals.people)}`],
    ['Sessions', number(totals.sessions)],
    ['Page views', number(totals.pages)],
    ['Events', number(totals.events)],
    ['Bounce rate', percent(totals.bounceRate)],
    ['Average session', duration(totals.averageDurationMs)],
  ]
  const tables = Object.entries(names)
    .filter(([name]) => answer.by[name].rows.length > 0)
    .map(([name, caption]) => breakdown(caption, answer.by[name]))
  const note = el(
    'p',
    { class: 'hint' },
    'As of ',
    time(meta.computedAt),
    `. ${number(answer.botEvents)} events of bots are left out.`,
  )
  return el('div', {}, figures(facts), hourChart(answer), el('div', { class: 'columns' }, ...tables), note)
}

function breakdown(caption, { rows, other }) {
  const columns = [
    ['Value', (row) => row.value || '(none)', 'long'],
    ['Events', (row) => number(row.events), 'number'],
  ]
  if (rows.some((row) => row.sessions !== undefined))
    columns.push(['Sessions', (row) => (row.sessions === undefined ? null : number(row.sessions)), 'number'])
  if (rows.some((row) => row.people !== undefined))
    columns.push(['People', (row) => (row.people === undefined ? null : number(row.people)), 'number'])
  const shown = table(caption, columns, rows)
  if (other.values > 0)
    shown.root.append(
      el('p', { class: 'hint' }, `and ${number(other.values)} more with ${number(other.events)} events`),
    )
  return shown.root
}
