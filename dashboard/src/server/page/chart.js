import { el, number, table } from './dom.js'

const hourMs = 3_600_000
const size = { width: 720, height: 160, left: 44, bottom: 20, top: 8 }

/** Events per hour as bars, and the same as a table. Hours without a row had nothing. */
export function hourChart(answer) {
  const known = new Map(answer.hours.map((row) => [Date.parse(row.hour), row]))
  const hours = []
  for (let hour = Math.floor(Date.parse(answer.from) / hourMs) * hourMs; hour < Date.parse(answer.to); hour += hourMs)
    hours.push({ hour, ...(known.get(hour) ?? { events: 0, pages: 0, sessions: 0, people: 0 }), at: new Date(hour) })
  const columns = [
    ['Hour', (row) => hourText(row.at)],
    ...['events', 'pages', 'sessions', 'people'].map((name) => [name, (row) => number(row[name]), 'number']),
  ]
  const twin = el(
    'details',
    {},
    el('summary', {}, 'The hours as a table'),
    table('Events by hour', columns, hours).root,
  )
  return el('div', {}, bars(hours), twin)
}

function bars(hours) {
  const top = Math.max(1, ...hours.map((row) => row.events))
  const step = (size.width - size.left) / hours.length
  const floor = size.height - size.bottom
  const yOf = (events) => floor - ((floor - size.top) * events) / top
  const shapes = hours.flatMap((row, index) => {
    const x = size.left + index * step
    const height = floor - yOf(row.events)
    const bar = el('rect', { x: x + 1, y: floor - height, width: Math.max(1, step - 2), height, rx: 2 })
    bar.append(el('title', {}, `${hourText(row.at)}: ${number(row.events)} events`))
    const label =
      index % 6 === 0 && index + 3 < hours.length ? el('text', { x, y: size.height - 5 }, hourText(row.at)) : null
    return [bar, label]
  })
  const lines = [0, top].flatMap((value) => [
    el('line', { x1: size.left, x2: size.width, y1: yOf(value), y2: yOf(value) }),
    el('text', { x: size.left - 6, y: yOf(value) + 4, 'text-anchor': 'end' }, number(value)),
  ])
  const sum = hours.reduce((total, row) => total + row.events, 0)
  const label = `Events by hour: ${number(sum)} in all, ${number(top)} in the busiest hour`
  return el(
    'svg',
    { class: 'chart', role: 'img', viewBox: `0 0 ${size.width} ${size.height}`, 'aria-label': label },
    ...lines,
    ...shapes,
  )
}

const hourText = (date) =>
  new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(date)
