import { deviceText, duration, el, facts, fold, load, number, pagedTable, panel, state, table, time } from './dom.js'

const linkTo = (api, path, params = {}) =>
  `${path}?${new URLSearchParams({ ...(api.project ? { project: api.project } : {}), ...params })}`
const personPath = (id) => `/people/${encodeURIComponent(id)}`

/** A link to the people list, searched for an id. */
export const searchLink = (api, id) => (id ? el('a', { href: `${linkTo(api, '/', { search: id })}#people` }, id) : null)

export function peoplePanel(api) {
  const search = new URLSearchParams(location.search).get('search') ?? ''
  const input = el('input', { id: 'search', type: 'search', name: 'search', maxlength: '512', value: search })
  const label = el('label', { for: 'search' }, 'Any id, or the start of an e-mail address')
  const form = el('form', { role: 'search' }, label, input, el('button', { type: 'submit' }, 'Search'))
  const { root, body } = panel('people', 'People', form)
  const columns = [
    ['Person', (person) => el('a', { href: linkTo(api, personPath(person.profileId)) }, nameOf(person)), 'long'],
    ['Users', (person) => person.userIds.join(', ') || null, 'long'],
    ['Visitors', (person) => number(person.anonymousIds.length), 'number'],
    ['First seen', (person) => time(person.firstSeen)],
    ['Last seen', (person) => time(person.lastSeen)],
  ]
  const show = () => {
    const ask = (cursor) => api.get('/people', { search: input.value, cursor, limit: 25 })
    const render = (page) => pagedTable('People, latest activity first', columns, page, ask)
    return load(body, () => ask(), render, input.value ? 'Nobody was found.' : 'Nobody has been seen yet.')
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void show()
  })
  void show()
  return root
}

const nameOf = ({ traits, userIds, anonymousIds, profileId }) =>
  String(traits.name ?? traits.email ?? userIds[0] ?? anonymousIds[0] ?? profileId)

/** Everything on one person: who they are, the journey, sessions with devices, and why the ids belong together. */
export function personPanels(api, profileId) {
  const path = personPath(profileId)
  const heading = el('h1', {}, profileId)
  const person = panel('person', 'Who')
  const journey = panel('journey', 'Journey')
  const sessions = panel('sessions', 'Sessions and devices')
  const renderNamed = (answer) => {
    heading.textContent = nameOf(answer)
    return renderPerson(answer)
  }
  void load(person.body, () => api.get(path), renderNamed, '')
  const askJourney = (cursor) => api.get(`${path}/journey`, { cursor, limit: 100, order: 'desc' })
  const renderJourney = (page) => pagedTable('Events by event time, latest first', journeyColumns, page, askJourney)
  void load(journey.body, () => askJourney(), renderJourney, 'No events.')
  const askSessions = (cursor) => api.get(`${path}/sessions`, { cursor })
  const renderSessions = (page) => pagedTable('Sessions, latest first', sessionColumns, page, askSessions)
  void load(sessions.body, () => askSessions(), renderSessions, 'No sessions: only events without an anonymousId.')
  return [heading, person.root, journey.root, sessions.root]
}

function renderPerson(person) {
  const links =
    person.links.length === 0
      ? state('No identity links: an anonymous visitor.')
      : table('Why these ids belong together', linkColumns, person.links).root
  return el(
    'div',
    {},
    person.capped ? el('p', { class: 'alert' }, `Some ids are not shown: ${person.capped}`) : null,
    facts([
      ['First seen', time(person.firstSeen)],
      ['Last seen', time(person.lastSeen)],
      ['First touch', touchText(person.firstTouch)],
      ['Last touch', touchText(person.lastTouch)],
      ['User ids', person.userIds.join(', ') || '–'],
      ['Visitors', person.anonymousIds.join(', ') || '–'],
    ]),
    fold('Traits', person.traits),
    el('h3', {}, 'Identity links'),
    links,
  )
}

const touchText = (touch) => (touch ? [touch.channel, touch.source, touch.campaign].filter(Boolean).join(' · ') : '–')

const linkColumns = [
  ['Kind', (link) => `${link.kind}${link.undone ? ' (undone)' : ''}`],
  ['From', (link) => link.from, 'long'],
  ['User', (link) => link.userId, 'long'],
  ['Since', (link) => time(link.timestamp)],
  ['By event', (link) => link.messageId, 'long'],
]
const journeyColumns = [
  ['Time', (event) => time(event.timestamp)],
  ['Type', (event) => event.type],
  ['Name', (event) => event.name, 'long'],
  ['Page', (event) => event.path, 'long'],
  ['Device', (event) => deviceText(event.device)],
  ['Session', (event) => event.sessionId?.slice(-8)],
  ['Details', (event) => fold('Properties', { ...event.properties, ...event.traits })],
]
const sessionColumns = [
  ['Start', (session) => time(session.start)],
  ['Duration', (session) => duration(session.durationMs)],
  ['Events', (session) => number(session.events), 'number'],
  ['Pages', (session) => number(session.pages), 'number'],
  ['Channel', (session) => session.channel],
  ['Entry', (session) => session.entry, 'long'],
  ['Exit', (session) => session.exit, 'long'],
  ['Device', (session) => deviceText(session.device)],
  ['Visitor', (session) => session.anonymousId, 'long'],
]
