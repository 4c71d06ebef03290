import { usePage, useTrack } from '@trailstitch/sdk/react'
import { type ReactNode, useEffect, useState } from 'react'
import type { Events } from './analytics.ts'

const tents = [
  { name: 'Ridge', price: 120 },
  { name: 'Dome', price: 90 },
]

function Tents({ onChosen }: { onChosen: () => void }): ReactNode {
  usePage('Tents')
  const track = useTrack<Events>()
  const choose = (tent: string, price: number): void => {
    track('Tent Chosen', { tent, price })
    onChosen()
  }
  return tents.map(({ name, price }) => (
    <button key={name} type="button" onClick={() => choose(name, price)}>
      {name}
    </button>
  ))
}

function Cart(): ReactNode {
  usePage('Cart')
  return <h1>Your cart</h1>
}

/** Shows the view of the address. */
export function App(): ReactNode {
  const [path, setPath] = useState(location.pathname)
  useEffect(() => {
    const follow = (): void => setPath(location.pathname)
    addEventListener('popstate', follow)
    return () => removeEventListener('popstate', follow)
  }, [])
  const show = (next: string): void => {
    history.pushState({}, '', next)
    setPath(next)
  }
  return path === '/cart' ? <Cart /> : <Tents onChosen={() => show('/cart')} />
}
