import { createApi } from './api.js'
import { ledgerPanel, rejectedPanel } from './books.js'
import { el, state } from './dom.js'
import { livePanel } from './live.js'
import { overviewPanel } from './overview.js'
import { peoplePanel, personPanels } from './people.js'
import { currentToken, forget, linkActions, signIn, signOut, useAdminToken } from './session.js'

const find = (id) => document.getElementById(id)
const main = find('main')

/** A link may bring a token in its fragment, which no server sees; it must not stay in the address. */
function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token) history.replaceState(null, '', location.pathname + location.search)
  return token
}

/** Shows a form alone on the page. `onSubmit` gets its fields; what it throws is shown. */
function showForm(template, problem, forms) {
  find('tools').hidden = true
  find('nav').replaceChildren()
  main.replaceChildren(find(template).content.cloneNode(true))
  const alert = main.querySelector('.alert')
  const tell = (text) => {
    alert.textContent = text
    alert.hidden = text === ''
  }
  tell(problem)
  for (const [id, onSubmit] of Object.entries(forms))
    find(id).addEventListener('submit', async (event) => {
      event.preventDefault()
      const button = event.target.querySelector('button')
      button.disabled = true
      await onSubmit(Object.fromEntries(new FormData(event.target))).catch((error) => tell(error.message))
      button.disabled = false
    })
  main.querySelector('input').focus()
}

function askForSignIn(problem) {
  forget()
  showForm('sign-in', problem, {
    account: async (fields) => {
      await signIn(fields)
      await start()
    },
    operator: async ({ token }) => {
      useAdminToken(token.trim())
      await start()
    },
  })
}

const links = {
  '/setup': ['Set up', 'You become an owner of every project. Who has an account already gives its password.'],
  '/join': ['Join', 'Who has an account already gives its password.'],
  '/reset': ['New password', 'All other sign-ins of the account end.'],
}
const linkFields = { '/setup': ['name', 'email', 'password'], '/join': ['name', 'password'], '/reset': ['password'] }

/** The page behind a link that was printed or sent, with the token it brought. */
function followLink(path, token) {
  showForm('link', '', {
    linked: async (fields) => {
      await linkActions[path](token, fields)
      location.assign('/')
    },
  })
  const [title, hint] = links[path]
  main.querySelector('h1').textContent = title
  main.querySelector('.hint').textContent = hint
  for (const label of main.querySelectorAll('[data-for]'))
    if (!linkFields[path].includes(label.dataset.for)) label.remove()
}

async function start() {
  main.replaceChildren(state('Loading…'))
  if (!(await currentToken())) return askForSignIn('')
  const onForbidden = () => askForSignIn('The server does not accept this sign-in any more.')
  try {
    const { items } = await createApi(currentToken, null, onForbidden).get('/projects')
    const wanted = new URLSearchParams(location.search).get('project')
    const project = items.find(({ id }) => id === wanted) ?? items[0]
    if (!project) return main.replaceChildren(state('No project is configured.'))
    showTools(items, project.id)
    show(createApi(currentToken, project.id, onForbidden))
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
find('leave').addEventListener('click', async () => {
  await signOut()
  location.assign('/')
})

function begin() {
  const token = takeTokenFromAddress()
  if (token && Object.hasOwn(links, location.pathname)) return followLink(location.pathname, token)
  if (token) useAdminToken(token)
  return start()
}
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) location.reload()
})
void begin()
