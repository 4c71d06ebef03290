import { createApi } from './api.js'
import { ledgerPanel, rejectedPanel } from './books.js'
import { el, state } from './dom.js'
import { livePanel } from './live.js'
import { overviewPanel } from './overview.js'
import { peoplePanel, personPanels } from './people.js'

const tokenKey = 'trailstitch-token'
const find = (id) => document.getElementById(id)
const main = find('main')

/** A link may bring the token in its fragment, which no server sees; it must not stay in the address. */
function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (!token) return false
  sessionStorage.setItem(tokenKey, token)
  history.replaceState(null, '', location.pathname + location.search)
  return true
}

function askForToken(problem) {
  sessionStorage.removeItem(tokenKey)
  find('tools').hidden = true
  find('nav').replaceChildren()
  main.replaceChildren(find('sign-in').content.cloneNode(true))
  const alert = main.querySelector('.alert')
  alert.textContent = problem
  alert.hidden = problem === ''
  const input = find('token')
  main.querySelector('form').addEventListener('submit', (event) => {
    event.preventDefault()
    sessionStorage.setItem(tokenKey, input.value.trim())
    void start()
  })
  input.focus()
}

async function start() {
  const token = sessionStorage.getItem(tokenKey)
  if (!token) return askForToken('')
  const onForbidden = () => askForToken('The server does not accept this token.')
  main.replaceChildren(state('Loading…'))
  try {
    const { items } = await createApi(token, null, onForbidden).get('/projects')
    const wanted = new URLSearchParams(location.search).get('project')
    const project = items.find(({ id }) => id === wanted) ?? items[0]
    if (!project) return main.replaceChildren(state('No project is configured.'))
    showTools(items, project.id)
    show(createApi(token, project.id, onForbidden))
  } catch (error) {
    if (error.status === 401 || error.status === 403) return
    const retry = el('button', { type: 'button', onclick: () => void start() }, 'Try again')
    main.replaceChildren(
      el('section', { class: 'panel' }, el('p', { class: 'alert', role: 'alert' }, error.message), retry),
    )
  }
}

function showTools(projects, current) {
  const select = find('project')
  select.replaceChildren(...projects.map(({ id, name }) => el('option', { value: id, selected: id === current }, name)))
  select.onchange = () => location.assign(`/?${new URLSearchParams({ project: select.value })}`)
  find('home').href = `/?${new URLSearchParams({ project: current })}`
  find('tools').hidden = false
}

function show(api) {
  const person = /^\/people\/([^/]+)\/?$/.exec(location.pathname)
  if (person) return main.replaceChildren(...personPanels(api, decodeURIComponent(person[1])))
  main.replaceChildren(
    el('h1', {}, 'Overview'),
    overviewPanel(api),
    livePanel(api),
    peoplePanel(api),
    ledgerPanel(api),
    rejectedPanel(api),
  )
  const sections = { overview: 'Overview', live: 'Live', people: 'People', ledger: 'Ledger', rejected: 'Rejected' }
  find('nav').replaceChildren(...Object.entries(sections).map(([id, name]) => el('a', { href: `#${id}` }, name)))
  if (location.hash) find(location.hash.slice(1))?.scrollIntoView()
}

// Both begin anew with a fresh page, which ends the open stream.
find('leave').addEventListener('click', () => {
  sessionStorage.removeItem(tokenKey)
  location.assign('/')
})
addEventListener('hashchange', () => {
  if (takeTokenFromAddress()) location.reload()
})
takeTokenFromAddress()
void start()
