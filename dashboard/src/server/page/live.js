import { el, panel, rowOf, state, table, time } from './dom.js'
import { searchLink } from './people.js'

const maxRows = 100

/** The newest events as they are stored. */
export function livePanel(api) {
  const status = el('p', { class: 'state', role: 'status' }, 'Connecting…')
  const pause = el('button', { type: 'button', 'aria-pressed': 'false' }, 'Pause')
  const { root, body } = panel('live', 'Live', el('p', {}, pause), status)
  const columns = [
    ['Received', (event) => time(event.receivedAt)],
    ['Type', (event) => event.type],
    ['Name', (event) => event.name, 'long'],
    ['Who', (event) => searchLink(api, event.userId ?? event.anonymousId), 'long'],
    ['From', (event) => [event.device?.browser, event.country, event.bot && 'bot'].filter(Boolean).join(', ') || null],
  ]
  const shown = table('Newest stored events', columns, [])
  body.append(state('Loading…'))
  let paused = false
  pause.addEventListener('click', () => {
    paused = !paused
    pause.setAttribute('aria-pressed', String(paused))
  })
  const seen = new Set()
  const onMessage = (event, data) => {
    if (event === 'failure') fail(data.message)
    if (event !== 'events') return
    status.textContent = 'Live'
    // A message may come again after a new connection.
    const fresh = data.items.filter((item) => !seen.has(item.messageId))
    for (const item of fresh) seen.add(item.messageId)
    if (seen.size > 5000) seen.clear()
    if (shown.body.rows.length === 0 && fresh.length === 0) body.replaceChildren(state('Nothing has been stored yet.'))
    if (paused || fresh.length === 0) return
    shown.body.prepend(...fresh.map((item) => rowOf(columns, item)))
    while (shown.body.rows.length > maxRows) shown.body.lastChild.remove()
    if (!shown.root.isConnected) body.replaceChildren(shown.root)
  }
  // What was shown stays; an empty feed must not look as if there were nothing.
  const fail = (reason) => {
    status.textContent = `The feed cannot be read: ${reason} Trying again…`
    if (shown.body.rows.length === 0) body.replaceChildren()
  }
  const onState = (now, error) => {
    if (now === 'open') status.textContent = 'Live'
    else fail(error?.message ?? 'the connection was lost.')
  }
  void api.stream('/live/stream', { onMessage, onState })
  return root
}
