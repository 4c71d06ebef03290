import { mountFunnel, mountTrend } from '@trailstitch/embed'

// Runs in the page: `npm run bundle` makes public/charts.js of it.

async function readToken(): Promise<{ src: string; token: string }> {
  const response = await fetch('/chart-token')
  if (!response.ok) throw new Error(`no token: ${response.status}`)
  return response.json()
}

function placeOf(id: string): HTMLElement {
  const place = document.getElementById(id)
  if (!place) throw new Error(`the page has no #${id}`)
  return place
}

const { src } = await readToken()
// A function rather than a text: tokens end after an hour, and the page may stay open for longer.
const token = async () => (await readToken()).token

mountTrend(placeOf('sign-ups'), { src, token, index: 0, label: 'People who signed up', names: ['People'] })
mountFunnel(placeOf('orders'), {
  ...{ src, token, index: 1 },
  label: 'From a first look to an order',
  names: ['Looked', 'Signed up', 'Ordered'],
})
