import { el, figures, fold, load, number, pagedTable, panel, table, time } from './dom.js'

/** The ledger of all projects. */
export function ledgerPanel(api) {
  const refresh = el('button', { type: 'button' }, 'Read again')
  const { root, body } = panel('ledger', 'Ledger', el('p', {}, refresh))
  const show = () => load(body, () => api.get('/ledger', { project: '*' }), renderLedger, '')
  refresh.addEventListener('click', () => void show())
  void show()
  return root
}

function renderLedger(books) {
  const verdict = books.balanced
    ? el('p', { class: 'verdict good', role: 'status' }, '✓ The books balance')
    : el('p', { class: 'verdict bad', role: 'alert' }, '✗ The books do not balance')
  const facts = ['received', 'stored', 'duplicate', 'rejected', 'dead', 'inFlight'].map((name) => [
    name === 'inFlight' ? 'in flight' : name,
    number(books[name]),
  ])
  const holes = [
    ['Collector', (hole) => hole.collector, 'long'],
    ['Chunks', (hole) => `${hole.fromSeq} to ${hole.toSeq}`],
    ['Since', (hole) => time(hole.since)],
  ]
  const notes = [
    books.deadUndecodable > 0 &&
      `${number(books.deadUndecodable)} dead messages cannot be read; their events are not counted.`,
    !books.complete && 'The queue cannot be read whole: dead and in flight may be higher than shown.',
  ].filter(Boolean)
  return el(
    'div',
    {},
    verdict,
    el(
      'p',
      { class: 'hint' },
      'All projects: received = stored + duplicate + rejected + dead + in flight. As of ',
      time(books.computedAt),
    ),
    figures(facts),
    books.holes.length > 0 ? table('Chunks that never arrived', holes, books.holes).root : null,
    ...notes.map((note) => el('p', { class: 'alert' }, note)),
  )
}

export function rejectedPanel(api) {
  const { root, body } = panel('rejected', 'Rejected events')
  const columns = [
    ['Received', (event) => time(event.receivedAt)],
    ['Project', (event) => event.project],
    ['Code', (event) => event.code],
    ['Why', (event) => event.message, 'long'],
    ['Event', (event) => fold('Body', { body: event.body })],
    ['Sent again', (event) => (event.replayedAt ? time(event.replayedAt) : null)],
  ]
  const ask = (cursor) => api.get('/rejected', { project: '*', cursor, limit: 25 })
  const render = (page) => pagedTable('All projects, newest first', columns, page, ask)
  void load(body, () => ask(), render, 'No event was rejected.')
  return root
}
